# graft_add_plugin(NAME SOURCES a.cpp [b.cpp ...] [DEFINITIONS X=1 ...]
#                  [CONFORMANCE COMPONENT.KEY=VALUE ...] [WAIVE CASE=REASON ...]
#                  [EXAMPLES FILE] [CASE_LIMIT TIME] [NO_CONFORMANCE])
#
# Builds NAME.so as a graft plugin: a module with hidden visibility that exports one symbol, refuses
# undefined ones, carries its stamp, lands where graft finds it, and is put through the cases of its kinds by ctest
# (`graft plugins --verify`). CONFORMANCE gives options that the cases need (a data set's root), WAIVE names cases that
# may fail and why, EXAMPLES a file of inputs, CASE_LIMIT what a case may take. Works alike inside graft's own tree and
# after find_package(graft).
#
# graft_add_plugin_code(NAME SOURCES a.cpp ...)
#
# Code that several plugins of a family share, compiled once; each names it among its SOURCES as
# $<TARGET_OBJECTS:NAME>.
#
# graft_add_plugin_test(NAME SOURCES a.cpp ...)
#
# A program that is compiled as plugins are, and a test of that name that runs it; 0 is success. `graft plugins add`
# leaves it out (-DGRAFT_PLUGIN_TESTS=OFF).
#
# Outside of graft's own tree -DGRAFT_PRECOMPILE=ON gives the plugins of a project a precompiled header of LibTorch:
# once a build folder it takes as long as two files and half a gigabyte, then each file takes a third of its time.
set(GRAFT_PLUGIN_CMAKE_FOLDER ${CMAKE_CURRENT_LIST_DIR})
option(GRAFT_PLUGIN_TESTS "Build the tests of a plugin's project" ON)

# Two LibTorchs in one process end it, or worse.
function(graft_refuse_other_libtorch)
  if(NOT TARGET torch_cpu OR NOT graft_libtorch)
    return()
  endif()
  foreach(property IMPORTED_LOCATION IMPORTED_LOCATION_RELEASE)
    get_target_property(other torch_cpu ${property})
    if(other)
      file(REAL_PATH "${other}" other)
      file(REAL_PATH "${graft_libtorch}/lib/libtorch_cpu.so" own)
      if(NOT other STREQUAL own)
        message(FATAL_ERROR "find_package(Torch) gave ${other}, but graft runs with ${own}, and a plugin shares its "
                            "tensors: leave find_package(Torch) out, for graft::sdk brings LibTorch")
      endif()
    endif()
  endforeach()
endfunction()

# How plugins' code is compiled wherever it is.
function(graft_compile_alike target)
  target_link_libraries(${target} PRIVATE graft::sdk)
  set_target_properties(${target} PROPERTIES
    CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF
    CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON POSITION_INDEPENDENT_CODE ON)
  if(NOT TARGET graft_compiler)
    # Programs too: one precompiled header serves libraries and programs only when both are compiled alike.
    target_compile_options(${target} PRIVATE -fPIC)
  endif()
endfunction()

# The precompiled header outside of graft's own tree. Nothing of graft is in it: a plugin may define
# GRAFT_NEEDS_API_LEVEL before it includes the SDK.
option(GRAFT_PRECOMPILE "The plugins of a project share a precompiled header of LibTorch" OFF)
function(graft_add_precompiled)
  if(TARGET graft_precompiled OR NOT GRAFT_PRECOMPILE)
    return()
  endif()
  add_library(graft_precompiled STATIC EXCLUDE_FROM_ALL ${GRAFT_PLUGIN_CMAKE_FOLDER}/precompiled.cpp)
  graft_compile_alike(graft_precompiled)
  target_precompile_headers(graft_precompiled PRIVATE
    <ATen/ATen.h> <torch/nn/module.h> <filesystem> <functional> <map> <memory> <optional> <string> <variant> <vector>)
endfunction()

# How plugins' code is compiled; inside graft's own tree with its warnings and its precompiled header.
function(graft_compile_as_plugin target)
  graft_refuse_other_libtorch()
  graft_compile_alike(${target})
  if(TARGET graft_compiler)
    target_link_libraries(${target} PRIVATE graft_compiler)
  endif()
  if(COMMAND graft_several_at_once)
    graft_several_at_once(${target})
  endif()
  graft_add_precompiled()
  if(TARGET graft_precompiled)
    target_precompile_headers(${target} REUSE_FROM graft_precompiled)
  endif()
endfunction()

function(graft_add_plugin_code name)
  cmake_parse_arguments(code "" "" "SOURCES" ${ARGN})
  add_library(${name} OBJECT ${code_SOURCES})
  graft_compile_as_plugin(${name})
endfunction()

function(graft_add_plugin name)
  cmake_parse_arguments(plugin "NO_CONFORMANCE" "EXAMPLES;CASE_LIMIT" "SOURCES;DEFINITIONS;CONFORMANCE;WAIVE" ${ARGN})
  if(NOT plugin_SOURCES)
    message(FATAL_ERROR "graft_add_plugin(${name}): SOURCES is empty")
  endif()
  add_library(${name} MODULE ${plugin_SOURCES})
  graft_compile_as_plugin(${name})
  target_compile_definitions(${name} PRIVATE ${plugin_DEFINITIONS})
  target_link_options(${name} PRIVATE
    -Wl,-z,defs -Wl,--version-script=${GRAFT_PLUGIN_CMAKE_FOLDER}/plugin.map)
  set_target_properties(${name} PROPERTIES
    PREFIX "" LINK_DEPENDS ${GRAFT_PLUGIN_CMAKE_FOLDER}/plugin.map
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib/graft/plugins)
  if(NOT plugin_NO_CONFORMANCE)
    set(words "")
    foreach(option IN LISTS plugin_CONFORMANCE)
      list(APPEND words --option "${option}")
    endforeach()
    foreach(waiver IN LISTS plugin_WAIVE)
      list(APPEND words --waive "${waiver}")
    endforeach()
    if(plugin_EXAMPLES)
      get_filename_component(examples "${plugin_EXAMPLES}" ABSOLUTE)
      list(APPEND words --examples "${examples}")
    endif()
    if(plugin_CASE_LIMIT)
      list(APPEND words --case-limit "${plugin_CASE_LIMIT}")
    endif()
    set_property(GLOBAL APPEND PROPERTY graft_plugins_with_conformance ${name})
    add_test(NAME conformance.${name} COMMAND graft::graft plugins --verify $<TARGET_FILE:${name}> ${words})
    set_tests_properties(conformance.${name} PROPERTIES LABELS "conformance;unit")
  endif()
endfunction()

function(graft_add_plugin_test name)
  if(NOT GRAFT_PLUGIN_TESTS)
    return()
  endif()
  cmake_parse_arguments(test "" "" "SOURCES" ${ARGN})
  add_executable(${name} ${test_SOURCES})
  graft_compile_as_plugin(${name})
  add_test(NAME ${name} COMMAND ${name})
endfunction()

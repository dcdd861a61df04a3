# graft_add_plugin(NAME SOURCES a.cpp [b.cpp ...] [DEFINITIONS X=1 ...]
#                  [CONFORMANCE option=value ...] [NO_CONFORMANCE])
#
# Builds NAME.so as a graft plugin: a module with hidden visibility that exports one symbol, refuses
# undefined ones, carries its stamp, lands where graft finds it, and is put through the conformance
# cases of its kinds by ctest; CONFORMANCE gives options that the cases need (a data set's root). Works alike inside graft's own tree and after find_package(graft).
#
# graft_add_plugin_code(NAME SOURCES a.cpp ...)
#
# Code that several plugins of a family share, compiled once; each names it among its SOURCES as
# $<TARGET_OBJECTS:NAME>.
set(GRAFT_PLUGIN_CMAKE_FOLDER ${CMAKE_CURRENT_LIST_DIR})

# How plugins' code is compiled; inside graft's own tree with its warnings and its precompiled header.
function(graft_compile_as_plugin target)
  target_link_libraries(${target} PRIVATE graft::sdk)
  set_target_properties(${target} PROPERTIES
    CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF
    CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON POSITION_INDEPENDENT_CODE ON)
  if(TARGET graft_compiler)
    target_link_libraries(${target} PRIVATE graft_compiler)
  endif()
  if(COMMAND graft_several_at_once)
    graft_several_at_once(${target})
  endif()
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
  cmake_parse_arguments(plugin "NO_CONFORMANCE" "" "SOURCES;DEFINITIONS;CONFORMANCE" ${ARGN})
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
    list(TRANSFORM plugin_CONFORMANCE PREPEND "--set;")
    add_test(NAME conformance.${name} COMMAND graft::conformance $<TARGET_FILE:${name}> ${plugin_CONFORMANCE})
    set_tests_properties(conformance.${name} PROPERTIES LABELS "conformance;unit")
  endif()
endfunction()

# How our own code is compiled: warnings are errors, the sanitizers of the preset, ccache when it is there.
add_library(graft_compiler INTERFACE)
target_compile_options(graft_compiler INTERFACE -Wall -Wextra -Werror)
# Programs too: one precompiled header serves libraries and programs only when both are compiled alike.
target_compile_options(graft_compiler INTERFACE -fPIC)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # g++ looks for memory that it could use again from 1 GB on, not from 128 MB: a twentieth of its time, for a tenth more memory.
  target_compile_options(graft_compiler INTERFACE --param=ggc-min-heapsize=1000000)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC bug 105651: g++ 12 warns at -O2 of overlaps and of places out of bounds in `"text" + std::string()`.
  target_compile_options(graft_compiler INTERFACE -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow)
endif()
# The wheel of LibTorch carries headers of its own fmt, which would shadow the system's: a folder that is searched
# before them holds the system's headers and nothing else. So the compiled library serves, and no file pays
# three seconds for compiling fmt into itself.
find_path(GRAFT_FMT_INCLUDE fmt/format.h REQUIRED)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/fmt-headers)
file(CREATE_LINK ${GRAFT_FMT_INCLUDE}/fmt ${CMAKE_BINARY_DIR}/fmt-headers/fmt SYMBOLIC)
target_include_directories(graft_compiler BEFORE INTERFACE ${CMAKE_BINARY_DIR}/fmt-headers)
target_link_libraries(graft_compiler INTERFACE fmt::fmt)

# graft_several_at_once(TARGET): compiles the target's files a few at a time, twice as many with the light half's
# precompiled header, or one more where a single file would be left. Headers and templates are read once for all of a group,
# and one changed file still costs seconds.
set(GRAFT_FILES_AT_ONCE 4 CACHE STRING "Files compiled as one, twice as many of the light half; 1: each alone")
function(graft_several_at_once target)
  if(GRAFT_FILES_AT_ONCE EQUAL 1)
    return()
  endif()
  graft_torchscript_first(${target})
  set(count ${GRAFT_FILES_AT_ONCE})
  get_target_property(precompiled ${target} PRECOMPILE_HEADERS_REUSE_FROM)
  if(precompiled MATCHES light)
    math(EXPR count "2 * ${count}")
  endif()
  get_target_property(sources ${target} SOURCES)
  list(FILTER sources INCLUDE REGEX "[.]cpp$")
  list(LENGTH sources all)
  math(EXPR rest "${all} % ${count}")
  if(rest EQUAL 1)
    math(EXPR count "${count} + 1")
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${count})
endfunction()

# graft_torchscript_first(TARGET): files that read TorchScript's headers stand together, since those cost a group 3 to 5 s.
function(graft_torchscript_first target)
  get_target_property(sources ${target} SOURCES)
  foreach(source IN LISTS sources)
    if(EXISTS ${source})
      file(STRINGS ${source} includes LIMIT_COUNT 1
           REGEX "^#include <(ATen/core/ivalue|torch/csrc/(jit/|autograd/.*function))")
      if(includes)
        list(REMOVE_ITEM sources ${source})
        list(PREPEND sources ${source})
      endif()
    endif()
  endforeach()
  set_target_properties(${target} PROPERTIES SOURCES "${sources}")
endfunction()

# What has no loops that take time is optimised less in a release: -Og takes an eighth less of g++'s time than -O1. There
# g++ sees less of what a std::optional holds, and warns of values that are read behind a check.
set(GRAFT_QUICK_FLAGS "-Og -Wno-maybe-uninitialized")
function(graft_compile_quickly target)
  target_compile_options(${target} PRIVATE "$<$<CONFIG:Release>:SHELL:${GRAFT_QUICK_FLAGS}>")
endfunction()

if(GRAFT_SANITIZE)
  target_compile_options(graft_compiler INTERFACE -fsanitize=${GRAFT_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(graft_compiler INTERFACE -fsanitize=${GRAFT_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    # GCC bug 105562: with AddressSanitizer every std::regex seems to hold something uninitialised.
    target_compile_options(graft_compiler INTERFACE -Wno-maybe-uninitialized)
  endif()
  if(GRAFT_SANITIZE MATCHES undefined)
    target_compile_options(graft_compiler INTERFACE -fno-sanitize-recover=undefined)
  endif()
endif()

find_program(GRAFT_CCACHE ccache)
if(GRAFT_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # The precompiled header's own rules (ccache's manual, "Precompiled headers").
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      ${GRAFT_CCACHE})
endif()

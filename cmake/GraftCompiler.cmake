# How our own code is compiled: warnings are errors, the sanitizers of the preset, ccache when it is there.
add_library(graft_compiler INTERFACE)
target_compile_options(graft_compiler INTERFACE -Wall -Wextra -Werror)
# Programs too: one precompiled header serves libraries and programs only when both are compiled alike.
target_compile_options(graft_compiler INTERFACE -fPIC)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC bug 105651: g++ 12 warns at -O2 of an overlap in every `"text" + std::string()`.
  target_compile_options(graft_compiler INTERFACE -Wno-restrict)
endif()
# The wheel of LibTorch carries its own fmt, which shadows the system's: only header-only use is safe.
target_compile_definitions(graft_compiler INTERFACE FMT_HEADER_ONLY)

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

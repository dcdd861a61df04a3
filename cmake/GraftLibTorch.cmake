# Makes the target graft_torch from a folder that holds include/ and lib/: the wheel's own CMake package
# demands a CUDA toolkit, and all that we need are its headers and three libraries.
set(GRAFT_LIBTORCH "" CACHE PATH "LibTorch's folder (with include/ and lib/); empty: what tools/fetch-libtorch fetched")
set(GRAFT_TORCH_WANTED 2.11)

set(graft_torch_folder "${GRAFT_LIBTORCH}")
if(NOT graft_torch_folder)
  execute_process(
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/tools/fetch-libtorch --print
    OUTPUT_VARIABLE graft_torch_folder
    OUTPUT_STRIP_TRAILING_WHITESPACE
    RESULT_VARIABLE graft_torch_result)
  # A build tree stays with the LibTorch it was configured with, also when CMake runs again without the
  # variables (GRAFT_CACHE) of that time.
  if(NOT graft_torch_result EQUAL 0)
    set(graft_torch_folder "${GRAFT_LIBTORCH_LAST}")
  endif()
  if(NOT graft_torch_folder)
    message(FATAL_ERROR "LibTorch is not there yet (see above): run tools/fetch-libtorch, or name a folder with "
                        "-DGRAFT_LIBTORCH=...")
  endif()
endif()

set(graft_torch_header "${graft_torch_folder}/include/torch/headeronly/version.h")
if(NOT EXISTS "${graft_torch_header}")
  set(graft_torch_header "${graft_torch_folder}/include/torch/csrc/api/include/torch/version.h")
endif()
if(NOT EXISTS "${graft_torch_header}" OR NOT EXISTS "${graft_torch_folder}/lib/libtorch_cpu.so")
  message(FATAL_ERROR "'${graft_torch_folder}' holds no LibTorch: expected include/ and lib/libtorch_cpu.so there. "
                      "Run tools/fetch-libtorch, or correct -DGRAFT_LIBTORCH=...")
endif()
set(GRAFT_LIBTORCH_VERSION "")
foreach(part MAJOR MINOR PATCH)
  file(STRINGS "${graft_torch_header}" line REGEX "#define TORCH_VERSION_${part} ")
  string(REGEX REPLACE ".*TORCH_VERSION_${part} +([0-9]+).*" "\\1" number "${line}")
  list(APPEND graft_torch_numbers ${number})
endforeach()
list(JOIN graft_torch_numbers "." GRAFT_LIBTORCH_VERSION)
if(NOT GRAFT_LIBTORCH_VERSION MATCHES "^2\\.11\\.")
  message(FATAL_ERROR "LibTorch in '${graft_torch_folder}' is ${GRAFT_LIBTORCH_VERSION}; graft supports ${GRAFT_TORCH_WANTED}.* only. "
                      "Run tools/fetch-libtorch, or name another folder with -DGRAFT_LIBTORCH=...")
endif()
set(GRAFT_LIBTORCH_LAST "${graft_torch_folder}" CACHE INTERNAL "The LibTorch of the last good configuration")
message(STATUS "LibTorch ${GRAFT_LIBTORCH_VERSION} in ${graft_torch_folder}")

add_library(graft_torch INTERFACE)
target_include_directories(graft_torch SYSTEM INTERFACE
  ${PROJECT_SOURCE_DIR}/sdk/cmake/narrow  # before LibTorch's own: torch/nn/module.h there says why
  ${graft_torch_folder}/include ${graft_torch_folder}/include/torch/csrc/api/include)
target_compile_definitions(graft_torch INTERFACE GRAFT_LIBTORCH_VERSION="${GRAFT_LIBTORCH_VERSION}")
# at::parallel_for is a plain loop where OpenMP is not switched on. LibTorch brings the library for it, which programs must
# name to be linked; our own library for other programs does not, since those need not find it (docs/decisions.md).
target_compile_options(graft_torch INTERFACE -fopenmp)
target_link_libraries(graft_torch INTERFACE
  ${graft_torch_folder}/lib/libtorch_cpu.so ${graft_torch_folder}/lib/libc10.so
  $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:gomp>)

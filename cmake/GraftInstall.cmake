# What `cmake --install` puts where, and the target graft-all: the programs and every plugin, no tests.
# The build tree is laid out alike, so that find_package(graft) takes either.
#
#   bin/graft, bin/graft-engine
#   lib/libgraft_sdk.so, lib/libgraft_codecs.so, lib/libgraft_networks.so, lib/graft/plugins/*.so
#   lib/graft/libtorch.json  which LibTorch it is for (framework/jobs/libtorch.hpp)
#   lib/libgraft_inference.so, include/graft-inference/: for programs that embed a model
#   lib/cmake/graft/     find_package(graft): the targets graft::sdk and graft::inference, graft_add_plugin()
#   lib/pkgconfig/       the same for builds without CMake
#   include/graft/       the SDK
#   share/graft/         configs/, template/ (what `graft new` writes), examples/, fetch-libtorch
#   share/doc/graft/     README.md, docs/
#
# The tree runs from any folder. LibTorch stays where it is (the cache folder), or is copied to
# lib/graft/libtorch with -DGRAFT_INSTALL_LIBTORCH=ON.
include(CMakePackageConfigHelpers)
option(GRAFT_INSTALL_LIBTORCH "cmake --install copies LibTorch into the installed tree too" OFF)
# graft looks for plugins, and the engine for its SDK, beside itself in lib; so it is not lib64 or lib/x86_64-....
set(graft_library_folder lib)
set(graft_cmake_folder ${graft_library_folder}/cmake/graft)

# All targets of these types in a folder and those below it.
function(graft_targets_below folder types result)
  set(found "")
  get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
  foreach(target IN LISTS targets)
    get_target_property(type ${target} TYPE)
    if(type IN_LIST types)
      list(APPEND found ${target})
    endif()
  endforeach()
  get_property(children DIRECTORY ${folder} PROPERTY SUBDIRECTORIES)
  foreach(child IN LISTS children)
    graft_targets_below(${child} "${types}" below)
    list(APPEND found ${below})
  endforeach()
  set(${result} ${found} PARENT_SCOPE)
endfunction()

set(graft_programs "")
foreach(program graft graft-engine)
  if(TARGET ${program})
    list(APPEND graft_programs ${program})
  endif()
endforeach()
set(graft_plugins "")
if(NOT GRAFT_LIGHT_ONLY)
  graft_targets_below(${CMAKE_CURRENT_SOURCE_DIR}/plugins MODULE_LIBRARY graft_plugins)
endif()
add_custom_target(graft-all)
if(graft_programs OR graft_plugins)
  add_dependencies(graft-all ${graft_programs} ${graft_plugins})
  if(NOT GRAFT_LIGHT_ONLY)
    add_dependencies(graft-all graft-inference)
  endif()
endif()

# What of the build tree is no build's product: links into the sources.
function(graft_link_into_build folder)
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/${folder})
  foreach(path IN LISTS ARGN)
    get_filename_component(name ${path} NAME)
    file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${path} ${CMAKE_BINARY_DIR}/${folder}/${name} SYMBOLIC)
  endforeach()
endfunction()
graft_link_into_build(share/graft sdk/template configs examples tools/fetch-libtorch)

if(GRAFT_LIGHT_ONLY)
  return()  # a tree without the engine would be of no use
endif()

# Where libraries of LibTorch are found from a file that lies `up` below the prefix.
function(graft_install_rpath target up)
  if(GRAFT_INSTALL_LIBTORCH)
    set(torch "$ORIGIN/${up}/${graft_library_folder}/graft/libtorch/torch/lib")
  else()
    set(torch "${graft_torch_folder}/lib")
  endif()
  set_target_properties(${target} PROPERTIES INSTALL_RPATH "$ORIGIN/${up}/${graft_library_folder};${torch}")
endfunction()

foreach(program IN LISTS graft_programs)
  if(NOT program STREQUAL graft)  # which links neither the SDK nor LibTorch
    graft_install_rpath(${program} ..)
  endif()
endforeach()
install(TARGETS ${graft_programs} RUNTIME DESTINATION bin)
graft_install_rpath(graft_sdk ..)
graft_install_rpath(graft-inference ..)
install(TARGETS graft_sdk graft_codecs graft-inference LIBRARY DESTINATION ${graft_library_folder})
if(TARGET graft_networks)
  install(TARGETS graft_networks LIBRARY DESTINATION ${graft_library_folder})
endif()
# What a wheel puts into an environment's bin; no other tree has it.
if(TARGET graft-launcher)
  install(TARGETS graft-launcher RUNTIME DESTINATION . COMPONENT launcher EXCLUDE_FROM_ALL)
endif()
foreach(plugin IN LISTS graft_plugins)
  graft_install_rpath(${plugin} ../../..)
endforeach()
if(graft_plugins)
  install(TARGETS ${graft_plugins} LIBRARY DESTINATION ${graft_library_folder}/graft/plugins)
endif()

install(DIRECTORY sdk/include/graft DESTINATION include)
install(DIRECTORY framework/app/graft-inference/include/graft DESTINATION include/graft-inference)
set(graft_package_files sdk/cmake/GraftPlugin.cmake sdk/cmake/plugin.map sdk/src/precompiled.cpp)
install(FILES ${graft_package_files} DESTINATION ${graft_cmake_folder})
install(DIRECTORY sdk/cmake/narrow DESTINATION ${graft_cmake_folder})
install(DIRECTORY sdk/template configs examples DESTINATION share/graft USE_SOURCE_PERMISSIONS)
install(FILES LICENSE DESTINATION share/graft)
install(PROGRAMS tools/fetch-libtorch DESTINATION share/graft)
install(FILES tools/libtorch-cuda.lock DESTINATION share/graft)
install(FILES README.md CONTRIBUTING.md DESTINATION share/doc/graft)
install(DIRECTORY docs DESTINATION share/doc/graft)
graft_link_into_build(include sdk/include/graft)
graft_link_into_build(include/graft-inference framework/app/graft-inference/include/graft)
graft_link_into_build(${graft_cmake_folder} ${graft_package_files} sdk/cmake/narrow)

# find_package(graft 0.1) takes every 0.1.x. What a plugin was built against is held to the graft that loads it by its
# stamp.
write_basic_package_version_file(${CMAKE_BINARY_DIR}/${graft_cmake_folder}/graftConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)

# Writes libtorch.json, by which graft and graftConfig.cmake find LibTorch, and graft.pc, which names its folder, below
# a folder. `libtorch`: whole, or below the prefix.
function(graft_write_packages folder libtorch libtorch_pc)
  file(CONFIGURE OUTPUT ${folder}/${graft_library_folder}/graft/libtorch.json
    CONTENT "{\"version\": \"@GRAFT_LIBTORCH_VERSION@\", \"folder\": \"@libtorch@\"}\n" @ONLY)
  set(graft_config_libtorch_pc "${libtorch_pc}")
  configure_package_config_file(cmake/graftConfig.cmake.in ${folder}/${graft_cmake_folder}/graftConfig.cmake
    INSTALL_DESTINATION ${graft_cmake_folder})
  configure_file(cmake/graft.pc.in ${folder}/${graft_library_folder}/pkgconfig/graft.pc @ONLY)
endfunction()
# find_package would look at these first, which a build tree may still have from when it was no package.
file(REMOVE ${CMAKE_BINARY_DIR}/graftConfig.cmake ${CMAKE_BINARY_DIR}/graftConfigVersion.cmake)
graft_write_packages(${CMAKE_BINARY_DIR} "${graft_torch_folder}" "${graft_torch_folder}")

if(GRAFT_INSTALL_LIBTORCH)
  set(graft_installed_libtorch ${graft_library_folder}/graft/libtorch/torch)
  install(DIRECTORY ${graft_torch_folder}/lib ${graft_torch_folder}/include
    DESTINATION ${graft_installed_libtorch}
    PATTERN "*.a" EXCLUDE PATTERN "libtorch_python*" EXCLUDE)
  if(EXISTS ${graft_torch_folder}/../nvidia)  # libtorch_cpu finds the CUDA runtime in ../../nvidia
    install(DIRECTORY ${graft_torch_folder}/../nvidia DESTINATION ${graft_library_folder}/graft/libtorch
      FILES_MATCHING PATTERN "*.so*")
  endif()
  graft_write_packages(${CMAKE_CURRENT_BINARY_DIR}/installed
    "${graft_installed_libtorch}" "\${prefix}/${graft_installed_libtorch}")
else()
  graft_write_packages(${CMAKE_CURRENT_BINARY_DIR}/installed "${graft_torch_folder}" "${graft_torch_folder}")
endif()
set(graft_installed ${CMAKE_CURRENT_BINARY_DIR}/installed/${graft_library_folder})
install(FILES ${graft_installed}/cmake/graft/graftConfig.cmake
              ${CMAKE_BINARY_DIR}/${graft_cmake_folder}/graftConfigVersion.cmake
  DESTINATION ${graft_cmake_folder})
install(FILES ${graft_installed}/pkgconfig/graft.pc DESTINATION ${graft_library_folder}/pkgconfig)
install(FILES ${graft_installed}/graft/libtorch.json DESTINATION ${graft_library_folder}/graft)

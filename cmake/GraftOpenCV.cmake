# Modules of OpenCV as imported targets. Debian's own CMake package lies in libopencv-dev, which brings
# every module and hundreds of packages; the headers and libraries of four modules are all that we need.
# An OpenCV of tools/small-opencv has no dnn: such a build checks exported ONNX files by ONNX Runtime alone.
find_path(GRAFT_OPENCV_INCLUDE opencv2/imgcodecs.hpp PATH_SUFFIXES opencv4 REQUIRED)
foreach(module core imgproc imgcodecs)
  find_library(GRAFT_OPENCV_${module} opencv_${module} REQUIRED)
endforeach()
find_library(GRAFT_OPENCV_dnn opencv_dnn)
if(NOT EXISTS ${GRAFT_OPENCV_INCLUDE}/opencv2/dnn.hpp)
  set(GRAFT_OPENCV_dnn "")
endif()
foreach(module core imgproc imgcodecs dnn)
  if(GRAFT_OPENCV_${module} AND NOT TARGET opencv_${module})
    add_library(opencv_${module} UNKNOWN IMPORTED)
    set_target_properties(opencv_${module} PROPERTIES
      IMPORTED_LOCATION ${GRAFT_OPENCV_${module}}
      INTERFACE_INCLUDE_DIRECTORIES ${GRAFT_OPENCV_INCLUDE})
  endif()
endforeach()

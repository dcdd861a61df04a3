# Finds every dependency and says what to do where one is missing.
find_package(Threads REQUIRED)
find_package(Boost 1.74 REQUIRED COMPONENTS program_options filesystem)
find_package(yaml-cpp REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_library(GRAFT_XXHASH xxhash REQUIRED)
find_package(ZLIB REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(CURL REQUIRED)
find_package(SQLite3 3.35 REQUIRED)
find_package(PNG REQUIRED)
find_package(JPEG REQUIRED)
# Debian's and Ubuntu's libjs-chart.js: it draws the charts of `graft report` and becomes part of the program.
find_file(GRAFT_CHART_JS chart.min.js PATH_SUFFIXES javascript/chart.js share/javascript/chart.js
  PATHS /usr/share REQUIRED)
if(GRAFT_BUILD_TESTS)
  find_package(doctest REQUIRED)
endif()

if(NOT GRAFT_LIGHT_ONLY)
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(GRAFT_FONTS REQUIRED IMPORTED_TARGET freetype2 harfbuzz fontconfig fribidi)
  include(GraftOpenCV)
  include(GraftLibTorch)
else()
  set(GRAFT_LIBTORCH_VERSION 2.11.0)  # for the host's stamp; there is no LibTorch in such a build
endif()

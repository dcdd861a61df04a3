# graft_embed_texts(SOURCE NAME FILE [NAME FILE]...): writes a C++ source that defines each text file as
# `const char* const NAME` in graft::insight::assets, anew when a file has changed. The texts end up in the program, so
# that a page needs nothing that is installed.
function(graft_embed_texts source)
  set(pairs ${ARGN})
  set(text "// Made by cmake/GraftEmbed.cmake.\n#include \"insight/assets.hpp\"\n\nnamespace graft::insight::assets {\n")
  while(pairs)
    list(POP_FRONT pairs name file)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(READ ${file} content)
    if(content MATCHES "\\)graft_text\"")
      message(FATAL_ERROR "${file} holds what ends a raw string of C++: )graft_text\"")
    endif()
    string(APPEND text "const char* const ${name} = R\"graft_text(${content})graft_text\";\n")
  endwhile()
  string(APPEND text "}  // namespace graft::insight::assets\n")
  file(CONFIGURE OUTPUT ${source} CONTENT "@text@" @ONLY)
endfunction()

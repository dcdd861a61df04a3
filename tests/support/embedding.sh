# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
#
# For scripts: the programs of docs/embedding.md ($1: that page), as a project in the working directory: my_program (C++)
# and from_c.
write_embedding_programs() {
    local page=$1
    block() { awk -v mark="\`\`\`$1" '$0 == mark {inside = 1; next} /^```/ {inside = 0} inside' "$page"; }
    block cpp > my_program.cpp
    block c > from_c.c
    {
        echo 'cmake_minimum_required(VERSION 3.22)'
        echo 'project(embedding LANGUAGES C CXX)'
        echo 'add_executable(my_program my_program.cpp)'
        block cmake
        echo 'add_executable(from_c from_c.c)'
        echo 'target_link_libraries(from_c PRIVATE graft::inference)'
    } > CMakeLists.txt
}

#include "my_plugin.hpp"

#include "graft/plugin.hpp"

GRAFT_LOSS(MyPlugin, "my_plugin", "0.1.0", "Multi-class hinge loss with a margin")
GRAFT_PLUGIN("my_plugin", "", "")  // name, licence, address of the repository

#include "my_plugin.hpp"

#include "graft/plugin.hpp"

GRAFT_DATASET(MyPlugin, "my_plugin", "0.1.0", "Squares and discs that are drawn on the spot")
GRAFT_PLUGIN("my_plugin", "", "")  // name, licence, address of the repository

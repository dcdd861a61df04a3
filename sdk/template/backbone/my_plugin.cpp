#include "my_plugin.hpp"

#include "graft/plugin.hpp"

GRAFT_BACKBONE(MyPlugin, "my_plugin", "0.1.0", "A small network of separable convolutions")
GRAFT_PLUGIN("my_plugin", "", "")  // name, licence, address of the repository

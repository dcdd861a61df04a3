#include "my_plugin.hpp"

#include "graft/plugin.hpp"

GRAFT_HEAD(MyPlugin, "my_plugin", "0.1.0",
           "Classes by the cosine between a feature and each class's direction")
GRAFT_PLUGIN("my_plugin", "", "")  // name, licence, address of the repository

#include "CTorch.h"
#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/autograd/autograd.h>
int64_t ct_version(void) { return c10::Dispatcher::singleton().getAllOpNames().size(); }

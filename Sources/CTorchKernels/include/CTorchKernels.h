// Operators of our own, where libtorch's are far from what a machine can do: several of libtorch's in one, or by another of its
// libraries. They are registered with libtorch under `splitmask::` and called like its own; this header has only their switch.
#pragma once

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Whether matrix products of float32 on the CPU are by oneDNN; false where there is none.
bool ctk_uses_onednn(void);
/// Chooses between oneDNN and the operators that libtorch itself would take, their twins.
void ctk_set_uses_onednn(bool uses);

#ifdef __cplusplus
}
#endif

// C ABI over libtorch: the only door from Swift to the engine.
//
// Every function that can fail returns a CTStatus; on anything but CT_OK the text of ct_last_error() (one per thread)
// says why. No C++ exception and no C++ type leaves this header.
#ifndef CTORCH_H
#define CTORCH_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum CTStatus { CT_OK = 0, CT_FAILED = 1, CT_OUT_OF_MEMORY = 2 } CTStatus;

/// The message of this thread's last failure; valid until its next failure.
const char *ct_last_error(void);

// MARK: - Tensors

/// An owned reference to a tensor. Released with ct_tensor_release.
typedef struct CTTensorReference *CTTensor;

void ct_tensor_release(CTTensor tensor);
/// Another owned reference to the same tensor.
CTTensor ct_tensor_retain(CTTensor tensor);

int64_t ct_tensor_rank(CTTensor tensor);
/// Writes `rank` sizes.
void ct_tensor_sizes(CTTensor tensor, int64_t *sizes);
int64_t ct_tensor_element_count(CTTensor tensor);
/// libtorch's c10::ScalarType as a number.
int32_t ct_tensor_dtype(CTTensor tensor);
void ct_tensor_device(CTTensor tensor, int32_t *type, int32_t *index);
bool ct_tensor_is_contiguous(CTTensor tensor);
bool ct_tensor_requires_gradient(CTTensor tensor);
/// The first element's address; on the device the tensor lives on.
void *ct_tensor_data(CTTensor tensor);

/// A contiguous CPU tensor over memory that the caller owns until `release(context)` is called.
CTStatus ct_tensor_from_memory(
    void *data, const int64_t *sizes, int64_t rank, int32_t dtype, void (*release)(void *context), void *context,
    CTTensor *result);

// MARK: - Operators

typedef struct CTOperatorHandle *CTOperator;

typedef enum CTKind {
  CT_NONE,
  /// Take the schema's default.
  CT_DEFAULT,
  CT_TENSOR,
  CT_INT,
  CT_DOUBLE,
  CT_BOOL,
  CT_STRING,
  CT_DEVICE,
  CT_INT_LIST,
  CT_DOUBLE_LIST,
  CT_BOOL_LIST,
  CT_TENSOR_LIST,
  /// A list whose tensors may be null.
  CT_OPTIONAL_TENSOR_LIST
} CTKind;

typedef struct CTValue {
  CTKind kind;
  /// Elements of a list; a device's index.
  int32_t count;
  union {
    CTTensor tensor;
    int64_t integer;
    double real;
    const char *string;
    const int64_t *integers;
    const double *reals;
    const CTTensor *tensors;
  };
} CTValue;

/// Finds an operator by its schema's name ("aten::add") and overload ("Tensor"). The handle lives as long as the
/// process.
CTStatus ct_operator_find(const char *name, const char *overload, CTOperator *result);

/// Calls an operator through the dispatcher. Arguments beyond `argumentCount` take their defaults. `*results` holds
/// `*resultCount` values, lists of tensors laid out one after another; tensors are owned by the caller, who frees the
/// array with ct_results_free.
CTStatus ct_operator_call(
    CTOperator op, const CTValue *arguments, int64_t argumentCount, CTValue **results, int64_t *resultCount);
void ct_results_free(CTValue *results);

// MARK: - Autograd

CTStatus ct_set_requires_gradient(CTTensor tensor, bool required);
/// The accumulated gradient as a new reference, or null.
CTTensor ct_gradient(CTTensor tensor);
/// Replaces the accumulated gradient; null clears it.
CTStatus ct_set_gradient(CTTensor tensor, CTTensor gradient);
/// Backward pass from a scalar, accumulating into leaves.
CTStatus ct_backward(CTTensor loss);
/// `value`, as a function of up to three `inputs` whose gradients at this point are already known: the backward pass hands each
/// input its gradient times the gradient of the scalar `value`. Takes the gradients' memory over: the backward pass,
/// which may run once, scales them in place.
CTStatus ct_with_gradients(
    CTTensor value, const CTTensor *inputs, const CTTensor *gradients, int64_t count, CTTensor *result);
bool ct_gradient_enabled(void);
void ct_set_gradient_enabled(bool enabled);

// MARK: - Autocast

bool ct_autocast_enabled(int32_t deviceType);
int32_t ct_autocast_dtype(int32_t deviceType);
CTStatus ct_set_autocast(int32_t deviceType, bool enabled, int32_t dtype);
/// Forgets the weights cast so far; call when the outermost scope ends.
void ct_clear_autocast_cache(void);

// MARK: - Several processes

/// Numbers under keys, at one process for all.
typedef struct CTStoreReference *CTStore;

/// The connections between the members of a group.
typedef struct CTProcessGroupReference *CTProcessGroup;

/// Where and as what a process joins the others.
typedef struct CTRendezvous {
  /// Where the store is that all look each other up in.
  const char *host;
  int32_t port;
  /// Whether this process is to run the store.
  bool servesStore;
  /// Before every key, so that an earlier attempt's are not found.
  const char *prefix;
  /// This machine's address on the network that the others are on.
  const char *address;
  int32_t rank;
  int32_t size;
  /// How long the store may take to answer.
  int64_t joinMilliseconds;
  /// How long any one exchange may take.
  int64_t timeoutMilliseconds;
  /// NCCL for tensors on GPUs, instead of Gloo.
  bool usesNCCL;
} CTRendezvous;

/// Whether NCCL was there when this was compiled.
bool ct_has_nccl(void);
CTStatus ct_store_open(const CTRendezvous *meeting, CTStore *result);
/// Another connection to the store, for another thread.
CTStatus ct_store_clone(CTStore store, CTStore *result);
void ct_store_release(CTStore store);
/// Adds to the number under a key, 0 at first.
CTStatus ct_store_add(CTStore store, const char *key, int64_t amount, int64_t *sum);
/// Connects to the others, who must all have reached the store.
CTStatus ct_processes_connect(CTStore store, const CTRendezvous *meeting, CTProcessGroup *result);
/// A group whose members are threads of this process; `results` takes one handle for each.
CTStatus ct_processes_of_threads(int32_t size, CTProcessGroup *results);
/// Closes the connections.
void ct_processes_leave(CTProcessGroup processes);
void ct_processes_release(CTProcessGroup processes);
/// Replaces a tensor by its sum over all processes.
CTStatus ct_processes_sum(CTProcessGroup processes, CTTensor tensor);
/// Replaces a tensor by the first process's.
CTStatus ct_processes_broadcast(CTProcessGroup processes, CTTensor tensor);
/// The rows of all processes, `[size * n, ...]` of `[n, ...]`, with a gradient.
CTStatus ct_processes_gather(CTProcessGroup processes, CTTensor rows, CTTensor *result);
/// The sum over all processes, with a gradient.
CTStatus ct_processes_differentiable_sum(CTProcessGroup processes, CTTensor tensor, CTTensor *result);
/// From now on ct_processes_backward, where it is reducing, leaves the mean over processes in these parameters' gradients
/// (c10d's Reducer: in buckets, while the backward pass goes on).
CTStatus ct_processes_reduce_gradients(CTProcessGroup processes, const CTTensor *parameters, int64_t count);
CTStatus ct_processes_backward(CTProcessGroup processes, CTTensor loss, bool reducing);

// MARK: - Process and devices

/// libtorch's version, such as "2.13.0".
const char *ct_version(void);
int32_t ct_cuda_device_count(void);
bool ct_mps_available(void);
/// Waits until the device has finished all work handed to it.
CTStatus ct_synchronize(int32_t deviceType, int32_t deviceIndex);
/// The most bytes of a GPU that tensors have held at once; 0 for a CPU.
CTStatus ct_device_peak_memory(int32_t deviceType, int32_t deviceIndex, int64_t *bytes);
/// The bytes of a CUDA device that nobody holds; 0 where that is not known.
CTStatus ct_device_free_memory(int32_t deviceType, int32_t deviceIndex, int64_t *bytes);
int32_t ct_thread_count(void);
void ct_set_thread_count(int32_t count);
/// Keeps freed memory with the process. Call once, before the first tensor.
void ct_keep_freed_memory(void);

#ifdef __cplusplus
}
#endif

#endif

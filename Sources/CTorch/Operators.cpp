#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>

#include <cstdlib>
#include <utility>
#include <vector>

#include "Boundary.h"

using namespace ctorch;

namespace {

c10::IValue tensor_list(const CTValue &value) {
  c10::List<at::Tensor> list;
  list.reserve(value.count);
  for (int32_t i = 0; i < value.count; ++i) list.push_back(borrow(value.tensors[i]));
  return list;
}

c10::IValue optional_tensor_list(const CTValue &value) {
  c10::List<std::optional<at::Tensor>> list;
  list.reserve(value.count);
  for (int32_t i = 0; i < value.count; ++i) {
    const CTTensor handle = value.tensors[i];
    list.push_back(handle ? std::optional<at::Tensor>(borrow(handle)) : std::nullopt);
  }
  return list;
}

c10::IValue bool_list(const CTValue &value) {
  c10::List<bool> list;
  for (int32_t i = 0; i < value.count; ++i) list.push_back(value.integers[i] != 0);
  return list;
}

c10::IValue to_ivalue(const CTValue &value, const c10::Argument &argument) {
  switch (value.kind) {
    case CT_NONE: return c10::IValue();
    case CT_DEFAULT:
      TORCH_CHECK(argument.default_value(), "argument '", argument.name(), "' has no default");
      return *argument.default_value();
    case CT_TENSOR: return borrow(value.tensor);
    case CT_INT: return value.integer;
    case CT_DOUBLE: return value.real;
    case CT_BOOL: return value.integer != 0;
    case CT_STRING: return std::string(value.string);
    case CT_DEVICE:
      return c10::Device(static_cast<c10::DeviceType>(value.integer), static_cast<c10::DeviceIndex>(value.count));
    case CT_INT_LIST: return c10::IntArrayRef(value.integers, value.count);
    case CT_DOUBLE_LIST: return c10::ArrayRef<double>(value.reals, value.count);
    case CT_BOOL_LIST: return bool_list(value);
    case CT_TENSOR_LIST: return tensor_list(value);
    case CT_OPTIONAL_TENSOR_LIST: return optional_tensor_list(value);
  }
  TORCH_CHECK(false, "argument '", argument.name(), "' is of an unknown kind");
}

CTValue from_tensor(at::Tensor tensor) {
  CTValue result{};
  if (tensor.defined()) {
    result.kind = CT_TENSOR;
    result.tensor = hand_over(std::move(tensor));
  }
  return result;
}

void append(std::vector<CTValue> &results, c10::IValue &&value) {
  CTValue result{};
  if (value.isTensor()) {
    result = from_tensor(std::move(value).toTensor());
  } else if (value.isTensorList()) {
    for (const at::Tensor &tensor : value.toTensorVector()) results.push_back(from_tensor(tensor));
    return;
  } else if (value.isInt()) {
    result.kind = CT_INT;
    result.integer = value.toInt();
  } else if (value.isDouble()) {
    result.kind = CT_DOUBLE;
    result.real = value.toDouble();
  } else if (value.isBool()) {
    result.kind = CT_BOOL;
    result.integer = value.toBool();
  } else if (value.isSymInt()) {
    result.kind = CT_INT;
    result.integer = value.toSymInt().guard_int(__FILE__, __LINE__);
  } else if (!value.isNone()) {
    TORCH_CHECK(false, "a result of type ", value.tagKind(), " cannot be handed over");
  }
  results.push_back(result);
}

}  // namespace

// An operator's handle is a pointer into the dispatcher's own table, which never moves its entries.
struct CTOperatorHandle {
  c10::OperatorHandle handle;
};

CTStatus ct_operator_find(const char *name, const char *overload, CTOperator *result) {
  return guarded([&] {
    *result = new CTOperatorHandle{c10::Dispatcher::singleton().findSchemaOrThrow(name, overload)};
  });
}

CTStatus ct_operator_call(
    CTOperator op, const CTValue *arguments, int64_t argumentCount, CTValue **results, int64_t *resultCount) {
  return guarded([&] {
    const auto &declared = op->handle.schema().arguments();
    TORCH_CHECK(
        static_cast<size_t>(argumentCount) <= declared.size(), "takes ", declared.size(), " arguments, not ",
        argumentCount);
    torch::jit::Stack stack;
    stack.reserve(declared.size());
    const CTValue byDefault{CT_DEFAULT, 0, {}};
    for (size_t i = 0; i < declared.size(); ++i) {
      stack.push_back(to_ivalue(i < static_cast<size_t>(argumentCount) ? arguments[i] : byDefault, declared[i]));
    }
    op->handle.callBoxed(stack);
    std::vector<CTValue> values;
    values.reserve(stack.size());
    for (c10::IValue &value : stack) append(values, std::move(value));
    *resultCount = static_cast<int64_t>(values.size());
    *results = static_cast<CTValue *>(std::malloc(sizeof(CTValue) * (values.size() + 1)));
    std::copy(values.begin(), values.end(), *results);
  });
}

void ct_results_free(CTValue *results) { std::free(results); }

public import Torch

/// A part of a network: parameters and child modules as plain stored properties.
///
/// Properties are found once by reflection. Their names in snake_case, joined by dots, are the keys of the state
/// dictionary, so that a vision transformer's keys are timm's: `blocks.0.attn.qkv.weight`.
open class Module {
  /// For subclasses.
  public init() {}

  /// A parameter with its key.
  public typealias NamedParameter = (key: String, parameter: Parameter)

  private var bound: [NamedParameter]?

  /// Every parameter of this module and its children, in the order in which they are declared.
  ///
  /// A subclass whose keys are not its properties' names, as where a child's parameters stand at its root, gives its own.
  open var namedParameters: [NamedParameter] {
    if let bound { return bound }
    let found = Module.collect(from: self)
    bound = found
    return found
  }

  /// This module and all within it.
  public var modules: [Module] {
    var result: [Module] = [self]
    var mirror: Mirror? = Mirror(reflecting: self)
    while let level = mirror {
      for child in level.children { result += Module.modules(in: child.value) }
      mirror = level.superclassMirror
    }
    return result
  }

  private static func modules(in value: Any) -> [Module] {
    switch value {
    case let module as Module: module.modules
    case let list as [Any]: list.flatMap(modules)
    default: []
    }
  }

  /// Every parameter, without keys.
  public var parameters: [Parameter] { namedParameters.map(\.parameter) }

  /// The number of trainable values.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.value.elementCount } }

  /// The current values by key.
  public var stateDictionary: [String: Tensor] {
    Dictionary(uniqueKeysWithValues: namedParameters.map { ($0.key, $0.parameter.value.detached()) })
  }

  /// Copies values into the parameters.
  ///
  /// - Throws: ``StateMismatch`` when a key is missing, left over, or of another shape; nothing is changed then.
  public func load(_ state: [String: Tensor]) throws {
    try StateMismatch.check(state, against: stateDictionary)
    for (key, parameter) in namedParameters { parameter.assign(state[key]!) }
  }

  /// Moves every parameter to a device. Do this before an optimizer holds them.
  public func move(to device: Device) {
    for parameter in parameters {
      let moved = parameter.value.detached().to(device)
      moved.requiresGradient = parameter.value.requiresGradient
      parameter.value = moved
    }
  }

  /// Turns gradients on or off for every parameter.
  public func setRequiresGradient(_ required: Bool) {
    for parameter in parameters { parameter.value.requiresGradient = required }
  }

  private static func collect(from module: Module) -> [NamedParameter] {
    var result: [NamedParameter] = []
    var mirror: Mirror? = Mirror(reflecting: module)
    var levels: [Mirror] = []
    while let level = mirror {
      levels.append(level)
      mirror = level.superclassMirror
    }
    for level in levels.reversed() {
      for child in level.children {
        guard let label = child.label else { continue }
        result += collect(from: child.value, key: snakeCase(label))
      }
    }
    return result
  }

  private static func collect(from value: Any, key: String) -> [NamedParameter] {
    switch value {
    case let parameter as Parameter: [(key, parameter)]
    case let module as Module: module.namedParameters.map { (key + "." + $0.key, $0.parameter) }
    case let list as [Any]:
      list.enumerated().flatMap { index, element in collect(from: element, key: "\(key).\(index)") }
    default: []
    }
  }

  /// "patchEmbed" as "patch_embed".
  private static func snakeCase(_ name: String) -> String {
    name.reduce(into: "") { result, character in
      if character.isUppercase { result += "_" }
      result += character.lowercased()
    }
  }
}

internal import Protobuf

/// Finds an enum's value by a name in the database: the value's own (`ORDER_STATE_PAID`), or what is left of it without
/// the enum's prefix, in any case (`paid`).
struct EnumLabels {
  private let type: EnumDescriptor
  private let prefix: String

  init(_ type: EnumDescriptor) {
    self.type = type
    let zero = type.name(of: 0) ?? ""
    prefix = zero.hasSuffix("UNSPECIFIED") ? String(zero.dropLast("UNSPECIFIED".count)) : ""
  }

  func value(_ label: UnsafePointer<CChar>) -> Int32? {
    let label = String(cString: label)
    return type.value(named: label) ?? type.value(named: prefix + label.uppercased())
  }
}

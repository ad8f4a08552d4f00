internal import CPQ
internal import Protobuf

/// Builds a ``RowPlan``: finds the field for each column, and the conversion of its text.
struct RowPlanBuilder {
  /// Columns whose names begin so are behind all others and fill no field: see `QueryRunner.page`.
  private static let hiddenPrefix = "page_key."

  private let descriptor: MessageDescriptor
  private var nodes: [RowPlan.Node?] = [nil]
  private var paths = [""]
  private var columns: [RowPlan.Column] = []
  private var taken: Set<String> = []

  /// - Throws: ``PostgresError/mapping(_:)`` when a column has no field, or one of a type that it cannot become.
  static func plan(_ result: OpaquePointer, for descriptor: MessageDescriptor) throws(PostgresError) -> RowPlan {
    var builder = RowPlanBuilder(descriptor: descriptor)
    var types: [UInt32] = []
    for index in 0..<PQnfields(result) {
      let oid = PQftype(result, index)
      types.append(oid)
      let name = PQfname(result, index).map { String(cString: $0) } ?? ""
      if name.hasPrefix(hiddenPrefix) { continue }
      guard builder.columns.count == Int(index) else { throw .mapping("column \"\(name)\" is behind a hidden one") }
      try builder.add(name, ColumnType(oid: oid))
    }
    return RowPlan(descriptor: descriptor, types: types, nodes: builder.nodes, columns: builder.columns)
  }

  private init(descriptor: MessageDescriptor) { self.descriptor = descriptor }

  private mutating func add(_ name: String, _ type: ColumnType) throws(PostgresError) {
    let steps = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    var node = 0
    var message = descriptor
    for step in steps.dropLast() {
      let field = try self.field(step, in: message, column: name)
      guard !field.isRepeated, let inner = field.message else {
        throw .mapping("column \"\(name)\": \(step) of \(message.fullName) is not a message")
      }
      node = enter(field, from: node)
      message = inner
    }
    var field = try self.field(steps.last ?? "", in: message, column: name)
    if let value = Self.wrapped(field), type != .json {
      node = enter(field, from: node)
      field = value
    }
    guard taken.insert("\(paths[node]).\(field.name)").inserted else {
      throw .mapping("column \"\(name)\" fills a field that another column fills")
    }
    guard let conversion = Self.conversion(type, to: field) else {
      throw .mapping("column \"\(name)\": a column of type \(type) cannot become \(message.fullName).\(field.name)")
    }
    let isPlain = !conversion.isSpecial && (field.presence == .implicit || field.presence == .pointer)
    columns.append(
      RowPlan.Column(
        name: name, node: node, field: field, conversion: conversion,
        plainOffset: isPlain ? field.layout.pointee.offset : -1))
  }

  private func field(
    _ name: String, in message: MessageDescriptor, column: String
  ) throws(PostgresError) -> FieldDescriptor {
    guard let field = message.field(named: name) else {
      throw .mapping("column \"\(column)\": \(message.fullName) has no field \(name)")
    }
    return field
  }

  private mutating func enter(_ field: FieldDescriptor, from node: Int) -> Int {
    let path = "\(paths[node]).\(field.name)"
    if let known = paths.firstIndex(of: path) { return known }
    nodes.append(RowPlan.Node(parent: node, field: field))
    paths.append(path)
    return nodes.count - 1
  }

  /// The value of a wrapper, such as `google.protobuf.StringValue`.
  private static func wrapped(_ field: FieldDescriptor) -> FieldDescriptor? {
    guard !field.isRepeated, let message = field.message else { return nil }
    let name = message.fullName
    guard name.hasPrefix("google.protobuf."), name.hasSuffix("Value") else { return nil }
    return message.fields.count == 1 ? message.field(named: "value") : nil
  }

  private static func conversion(_ type: ColumnType, to field: FieldDescriptor) -> ColumnConversion? {
    if type == .json && (field.isRepeated || field.type == .message) { return .json }
    if case .array(let element) = type {
      guard field.isRepeated, let conversion = single(element, to: field) else { return nil }
      return .array(conversion)
    }
    return field.isRepeated ? nil : single(type, to: field)
  }

  private static func single(_ type: ColumnType, to field: FieldDescriptor) -> ColumnConversion? {
    switch field.type {
    case .string: return type == .bytea ? nil : .text
    case .bytes: return type == .bytea ? .bytes : nil
    case .bool: return type == .boolean ? .bool : nil
    case .int32, .sint32, .sfixed32: return isNumber(type) ? .int32 : nil
    case .int64, .sint64, .sfixed64: return isNumber(type) ? .int64 : nil
    case .uint32, .fixed32: return isNumber(type) ? .uint32 : nil
    case .uint64, .fixed64: return isNumber(type) ? .uint64 : nil
    case .float: return isNumber(type) ? .float : nil
    case .double: return isNumber(type) ? .double : nil
    case .enumeration:
      if type == .integer { return .enumNumber }
      guard type == .text || type == .other, let labels = field.enumeration else { return nil }
      return .enumLabel(EnumLabels(labels))
    case .message:
      guard let message = field.message, let parts = ColumnConversion.SecondsAndNanos(message) else { return nil }
      switch message.fullName {
      case "google.protobuf.Timestamp": return type == .instant ? .instant(parts) : nil
      case "google.protobuf.Duration": return type == .interval ? .interval(parts) : nil
      default: return nil
      }
    }
  }

  /// `numeric` too: what `sum` of `bigint` gives; a value with a fraction does not fit a whole number's field.
  private static func isNumber(_ type: ColumnType) -> Bool { type == .integer || type == .decimal }
}

extension ColumnConversion {
  /// Whether it writes more than one value into one place.
  var isSpecial: Bool {
    switch self {
    case .array, .json: true
    default: false
    }
  }
}

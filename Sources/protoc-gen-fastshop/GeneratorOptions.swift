import ProtoSchema

/// The comma-separated options of `--fastshop_opt=OPTIONS`.
struct GeneratorOptions {
  /// `emit=swift` (views, services, clients), `emit=c` (types and assertions for the C module) or `emit=list` (the
  /// lists of other modules as one).
  enum Output: String { case swift, c, list }

  var output = Output.swift
  /// `module=NAME`: the Swift module generated into.
  var module = "API"
  /// `module=PACKAGE:NAME`: the Swift module of a package whose messages these files may use.
  var modules = ["google.protobuf": "Protobuf"]
  /// `c_module=NAME`: the C module with protoc-gen-c's output.
  var cModule = "CAPI"
  /// `access=public` or `access=package`.
  var access = "public"
  /// `files=NAME`: the name of the list of all files' descriptors; `catalogAPIFiles` in the module `CatalogAPI`.
  var filesName: String?
  /// `prefix=PACKAGE:PREFIX`: what the package's types begin with in Swift.
  var prefixes: [String: String] = [:]
  /// `rename=FULL.NAME:NAME`: what one type is called in Swift.
  var renamed: [String: String] = [:]
  /// `services=NAME`: the name of the list of all services; none by default.
  var servicesName: String?
  /// `bare=PATH`: a file of which only the descriptor is written, such as one in proto2, which has no views.
  var bare: Set<String> = []
  /// `header=PATH`: a header that the C module shows to Swift as well.
  var headers: [String] = []

  /// The name of the list of all files' descriptors.
  var files: String { filesName ?? SwiftNaming.files(of: module) }

  init(_ parameter: String) throws {
    for option in parameter.split(separator: ",") {
      let parts = option.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { throw GeneratorError("option '\(option)' is not of the form NAME=VALUE") }
      try set(parts[0], parts[1])
    }
  }

  private mutating func set(_ name: String, _ value: String) throws {
    switch name {
    case "emit":
      guard let output = Output(rawValue: value) else {
        throw GeneratorError("emit=\(value): neither swift, c nor list")
      }
      self.output = output
    case "module" where !value.contains(":"): module = value
    case "c_module": cModule = value
    case "access": access = value
    case "files": filesName = value
    case "services": servicesName = value
    case "bare": bare.insert(value)
    case "header": headers.append(value)
    case "module", "prefix", "rename":
      let pair = value.split(separator: ":").map(String.init)
      guard pair.count == 2 else { throw GeneratorError("\(name)=\(value) is not of the form \(name)=NAME:NAME") }
      switch name {
      case "module": modules[pair[0]] = pair[1]
      case "prefix": prefixes[pair[0]] = pair[1]
      default: renamed[pair[0]] = pair[1]
      }
    default: throw GeneratorError("there is no option '\(name)'")
    }
  }
}

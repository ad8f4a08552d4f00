// The .proto files are the contract: each element has its sentence, and the names follow from one another.

private func isProto(_ file: SourceFile) -> Bool { file.isUnder("Proto/fastshop") && file.has(".proto") }

private func proto(_ body: String, path: String = "Proto/fastshop/a/v1/a.proto") -> SourceFile {
  SourceFile(path: path, text: "package fastshop.a.v1;\n" + body)
}

private func lastName(_ name: String) -> String { name.split(separator: ".").last.map(String.init) ?? name }

/// `ProductState` → `PRODUCT_STATE`.
private func upperSnake(_ name: String) -> String {
  name.replacing(#/([a-z0-9])([A-Z])/#) { "\($0.1)_\($0.2)" }.uppercased()
}

private let documented = """
  // A thing.
  message A {
    // Its name.
    string name = 1;
    int32 size = 2;  // In bytes.
    // What it is.
    oneof kind {
      // Long, so
      // that it goes on.
      string text = 3 [
        (rule) = "a"
      ];
    }
    // Of each.
    map<string, int32> counts = 4;
  }
  """

extension Rule {
  static let protoRules: [Rule] = [
    .eachFile(
      "a .proto file's package is its folder",
      in: isProto,
      refuses: [proto("", path: "Proto/fastshop/b/v1/a.proto")],
      accepts: [proto("")]
    ) { file in
      let package = ProtoFile(file).package
      let folder = file.folders.dropFirst().joined(separator: ".")
      return package == folder ? [] : [": package \(package) in the folder of \(folder)"]
    },
    .eachFile(
      "every element of the API has its comment",
      in: isProto,
      refuses: [
        "message A {}", "// A.\nmessage A {\n  string b = 1;\n}", "// A.\nenum A {\n  A_UNSPECIFIED = 0;\n}",
        "// A.\nservice A {\n  rpc Get(GetRequest) returns (GetResponse);\n}", "service A {\n}",
        "// A.\nmessage A {\n  // B.\n  string b = 1;\n\n  string c = 2;\n}",
      ].map { proto($0) },
      accepts: [proto(documented)]
    ) { file in
      ProtoFile(file).elements.filter { !$0.hasComment }.map { ":\($0.line): \($0.name) has no comment" }
    },
    .eachFile(
      "an enum begins with _UNSPECIFIED = 0 and its values bear its name",
      in: isProto,
      refuses: [
        "enum Order {\n  ORDER_NEW = 0;\n}", "enum Order {\n  ORDER_UNSPECIFIED = 1;\n}",
        "enum SortOrder {\n  SORT_ORDER_UNSPECIFIED = 0;\n  NEWEST = 1;\n}",
      ].map { proto($0) },
      accepts: [
        proto("message A {\n  enum SortOrder {\n    SORT_ORDER_UNSPECIFIED = 0;\n    SORT_ORDER_NEWEST = 1;\n  }\n}")
      ],
      breaches: enumBreaches),
    .eachFile(
      "requests and responses are named after their RPC",
      in: isProto,
      refuses: [
        "service A {\n  rpc Get(Id) returns (GetResponse);\n}",
        "service A {\n  rpc Get(GetRequest) returns (Product);\n}",
      ].map { proto($0) },
      accepts: [proto("service A {\n  rpc Watch(WatchRequest) returns (stream WatchResponse) {\n  }\n}")]
    ) { file in
      ProtoFile(file).elements.compactMap { element in
        guard case .rpc(let request, let response) = element.kind else { return nil }
        let name = lastName(element.name)
        guard request != name + "Request" || response != name + "Response" else { return nil }
        return ":\(element.line): \(name)(\(request)) returns (\(response))"
      }
    },
    .eachFile(
      "a service's name ends in Service, and its file is named after it",
      in: isProto,
      refuses: [
        proto("service Catalog {\n}"),
        proto("service CatalogService {\n}", path: "Proto/fastshop/a/v1/product.proto"),
      ],
      accepts: [proto("service CatalogService {\n}", path: "Proto/fastshop/a/v1/catalog_service.proto")]
    ) { file in
      ProtoFile(file).elements.filter { $0.kind == .service }.compactMap { service in
        guard service.name.hasSuffix("Service") else { return ":\(service.line): \(service.name)" }
        return file.name.hasSuffix("_service.proto") ? nil : ":\(service.line): belongs in a file …_service.proto"
      }
    },
    Rule(
      name: "no message contains itself: protobuf-c reads without a limit of depth",
      breaches: { MessageGraph($0.filter(isProto).map(ProtoFile.init)).cycles },
      refuses: [
        [proto("message A {\n  A a = 1;\n}")],
        [
          proto("message A {\n  repeated B b = 1;\n}\n"),
          proto("message B {\n  map<string, fastshop.a.v1.A> a = 1;\n}", path: "Proto/fastshop/a/v1/b.proto"),
        ],
        [proto("message A {\n  message B {\n    A a = 1;\n  }\n  oneof c {\n    B b = 1;\n  }\n}")],
      ],
      accepts: [
        [proto("message A {\n  B b = 1;\n  B c = 2;\n}\nmessage B {\n  string a = 1;\n}")]
      ]),
  ]

  @Sendable
  private static func enumBreaches(_ file: SourceFile) -> [String] {
    let elements = ProtoFile(file).elements
    return elements.filter { $0.kind == .enumeration }.flatMap { enumeration -> [String] in
      let prefix = upperSnake(lastName(enumeration.name)) + "_"
      var expected: (name: String, number: String)? = (prefix + "UNSPECIFIED", "0")
      return elements.compactMap { element in
        guard case .value(let number) = element.kind, element.name.hasPrefix(enumeration.name + ".") else { return nil }
        let name = lastName(element.name)
        defer { expected = nil }
        if let expected, expected != (name, number) {
          return ":\(element.line): \(enumeration.name) begins with \(name) = \(number)"
        }
        return name.hasPrefix(prefix) ? nil : ":\(element.line): \(name) does not begin with \(prefix)"
      }
    }
  }
}

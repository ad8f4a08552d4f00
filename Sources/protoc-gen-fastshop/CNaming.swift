import Protobuf

/// The names that protoc-gen-c generates.
enum CNaming {
  /// `fastshop.catalog.v1.Product` is the struct `Fastshop__Catalog__V1__Product`.
  static func structName(_ fullName: String) -> String {
    fullName.split(separator: ".").map { FieldLayout.camelCase(String($0), upperFirst: true) }.joined(separator: "__")
  }

  /// `fastshop.catalog.v1.Product` has functions that begin with `fastshop__catalog__v1__product__`.
  static func functionPrefix(_ fullName: String) -> String {
    fullName.split(separator: ".").map { lower($0) }.joined(separator: "__") + "__"
  }

  /// The member of a struct for a field.
  static func member(_ field: String) -> String {
    let name = field.lowercased()
    return keywords.contains(name) ? name + "_" : name
  }

  /// The member of a struct with the case of a oneof.
  static func oneofCase(_ oneof: String) -> String { lower(Substring(oneof)) + "_case" }

  /// The header that protoc-gen-c makes for a file.
  static func header(_ file: String) -> String {
    (file.hasSuffix(".proto") ? String(file.dropLast(6)) : file) + ".pb-c.h"
  }

  private static func lower(_ name: Substring) -> String {
    var result = ""
    var wasUpper = true
    for character in name {
      if character.isUppercase, !wasUpper { result += "_" }
      result += character.lowercased()
      wasUpper = character.isUppercase
    }
    return result
  }

  /// C++'s keywords, which get an underscore.
  private static let keywords: Set<String> = [
    "and", "and_eq", "asm", "auto", "bitand", "bitor", "bool", "break", "case", "catch", "char", "class", "compl",
    "const", "const_cast", "continue", "default", "delete", "do", "double", "dynamic_cast", "else", "enum",
    "explicit", "extern", "false", "float", "for", "friend", "goto", "if", "inline", "int", "long", "mutable",
    "namespace", "new", "not", "not_eq", "operator", "or", "or_eq", "private", "protected", "public", "register",
    "reinterpret_cast", "return", "short", "signed", "sizeof", "static", "static_cast", "struct", "switch",
    "template", "this", "throw", "true", "try", "typedef", "typeid", "typename", "union", "unsigned", "using",
    "virtual", "void", "volatile", "wchar_t", "while", "xor", "xor_eq",
  ]
}

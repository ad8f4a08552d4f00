package import Protobuf

/// Finds .proto files by name and by what they declare.
package struct DescriptorIndex: Sendable {
  private let fileByName: [String: FileDescriptor]
  private let fileBySymbol: [String: FileDescriptor]
  private let fileByExtension: [FileDescriptor.Extension: FileDescriptor]

  /// An index of `files`; of two with one name the first counts.
  package init(_ files: [FileDescriptor]) {
    fileByName = Dictionary(files.map { ($0.name, $0) }) { first, _ in first }
    let names = files.flatMap { file in (file.symbols + file.memberNames).map { ($0, file) } }
    fileBySymbol = Dictionary(names) { first, _ in first }
    fileByExtension = Dictionary(files.flatMap { file in file.extensions.map { ($0, file) } }) { first, _ in first }
  }

  package func file(named name: String) -> FileDescriptor? { fileByName[name] }

  /// The file that declares what has this full name: a type, a service, a method, a field or an enum's value.
  package func file(declaring symbol: String) -> FileDescriptor? {
    // Some clients write full names with the dot that .proto files may begin them with.
    let symbol = symbol.hasPrefix(".") ? symbol.dropFirst() : symbol[...]
    return fileBySymbol[String(symbol)]
  }

  /// The file that adds a field with this number to the message of this name.
  package func file(extending type: String, with number: Int32) -> FileDescriptor? {
    fileByExtension[.init(extendee: type, number: number)]
  }

  /// The numbers of the fields that files add to the message of this name, ascending.
  package func extensionNumbers(of type: String) -> [Int32] {
    fileByExtension.keys.filter { $0.extendee == type }.map(\.number).sorted()
  }

  /// `file` and every file that it needs, each once, `file` first. Files that are not in the index are left out.
  package func closure(of file: FileDescriptor) -> [FileDescriptor] {
    var found = [file]
    var names: Set = [file.name]
    var next = 0
    while next < found.count {
      for name in found[next].dependencies where names.insert(name).inserted {
        if let dependency = fileByName[name] { found.append(dependency) }
      }
      next += 1
    }
    return found
  }
}

internal import Glibc

/// Folders of the file system.
enum Folders {
  /// Makes a folder, and those above it, readable for their owner only. The disk keeps them.
  static func make(_ path: String) throws(BlobError) {
    if mkdir(path, 0o700) == 0 { return try sync(above(path)) }
    if errno == EEXIST { return }
    guard errno == ENOENT, above(path) != path else { throw .ofSystem("the folder \(path) cannot be made") }
    try make(above(path))
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .ofSystem("the folder \(path) cannot be made") }
    try sync(above(path))
  }

  /// The folder that a path stands in.
  static func above(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The names of the files in a folder; none when it cannot be read.
  static func names(in path: String) -> [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }

  /// Has the disk keep the names in a folder.
  static func sync(_ path: String) throws(BlobError) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .ofSystem("the folder cannot be opened") }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw .ofSystem("the folder cannot be stored") }
  }
}

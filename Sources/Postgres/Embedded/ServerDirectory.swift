internal import Glibc

/// The directories of a private server: its data, its socket, its log.
struct ServerDirectory {
  /// A socket's path has 107 bytes at most; its name here takes 20.
  private static let socketFolderBytesMax = 107 - "/.s.PGSQL.5432.lock".utf8.count

  /// Longer paths are more than the server's own programs have space for (`MAXPGPATH`).
  static let pathBytesMax = 900

  let root: String
  let socketFolder: String
  private let user: ServerUser?

  var data: String { root + "/data" }
  var logFile: String { root + "/postgres.log" }
  var isInitialised: Bool { access(data + "/PG_VERSION", F_OK) == 0 }

  /// Makes the folders where they do not exist.
  init(_ path: String, user: ServerUser?) throws(EmbeddedPostgresError) {
    self.user = user
    root = try Self.makeRoot(path)
    if let user, !user.canReach(root + "/data") { throw .unreachable(directory: root, user: user.name) }
    let wanted = root + "/socket"
    socketFolder = Self.isPlain(wanted) ? wanted : Self.shortFolder(for: root)
    try Self.makePrivate(data, user)
    try Self.makePrivate(socketFolder, user)
  }

  /// Whether a socket's folder may have this path: short enough, and of letters that neither connection strings nor
  /// lists of folders take for anything else, such as a comma, a blank or a quote.
  private static func isPlain(_ path: String) -> Bool {
    path.utf8.count <= socketFolderBytesMax
      && path.utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "/._-+".utf8.contains(byte)
        }
      }
  }

  private static func makeRoot(_ path: String) throws(EmbeddedPostgresError) -> String {
    guard path.utf8.count <= pathBytesMax else {
      throw .directory(path, reason: "its path has more than \(pathBytesMax) bytes")
    }
    guard path.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
      throw .directory(path, reason: "its path has control characters")
    }
    var made = path.hasPrefix("/") ? "" : "."
    for step in path.split(separator: "/") {
      made += "/" + step
      if mkdir(made, 0o755) != 0 && errno != EEXIST { throw .directory(made, reason: problem()) }
    }
    guard let resolved = realpath(path, nil) else { throw .directory(path, reason: problem()) }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// A folder in `/tmp` whose name follows from `root`.
  private static func shortFolder(for root: String) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in root.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    return "/tmp/fastshop-\(geteuid())-" + String(hash, radix: 36)
  }

  /// A folder that is the server's alone; one that exists must be so already, and no link.
  private static func makePrivate(_ path: String, _ user: ServerUser?) throws(EmbeddedPostgresError) {
    let owner = user?.uid ?? geteuid()
    if mkdir(path, 0o700) == 0 {
      if let user, chown(path, user.uid, user.gid) != 0 { throw .directory(path, reason: problem()) }
    } else if errno != EEXIST {
      throw .directory(path, reason: problem())
    }
    var info = stat()
    guard lstat(path, &info) == 0 else { throw .directory(path, reason: problem()) }
    guard info.st_mode & S_IFMT == S_IFDIR, info.st_uid == owner else {
      throw .directory(path, reason: "it belongs to another user")
    }
    if info.st_mode & 0o077 != 0 && chmod(path, 0o700) != 0 { throw .directory(path, reason: problem()) }
  }

  /// The beginning of the names of folders in which clusters are made; a process id follows.
  private static let draftName = "data.new-"

  /// Makes a folder for a new cluster, which becomes the data by ``adopt(_:)``: one that was not finished, because its
  /// makers were killed, cannot be told from a good one. Those that processes left behind which are gone are removed.
  func makeDraft() throws(EmbeddedPostgresError) -> String {
    for name in drafts() {
      guard let maker = pid_t(name.dropFirst(Self.draftName.count)), maker == getpid() || kill(maker, 0) != 0 else {
        continue
      }
      _ = ChildProcess.run(["/bin/rm", "-rf", "--", "\(root)/\(name)"])
    }
    let path = "\(root)/\(Self.draftName)\(getpid())"
    try Self.makePrivate(path, user)
    return path
  }

  /// Makes the finished cluster in `draft` the data, at once.
  func adopt(_ draft: String) throws(EmbeddedPostgresError) {
    guard rename(draft, data) == 0 else { throw .directory(data, reason: Self.problem()) }
    let folder = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if folder >= 0 {
      fsync(folder)
      close(folder)
    }
  }

  private func drafts() -> [String] {
    guard let folder = opendir(root) else { return [] }
    defer { closedir(folder) }
    var found: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name.hasPrefix(Self.draftName) { found.append(name) }
    }
    return found
  }

  private static func problem() -> String { String(cString: strerror(errno)) }

  /// Opens the log for appending.
  func openLog() throws(EmbeddedPostgresError) -> ServerLog {
    let file = open(logFile, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw .directory(logFile, reason: Self.problem()) }
    return ServerLog(descriptor: file)
  }

  /// The process in the data's lock file, if it is a server for this data. The lock file of a killed server is removed,
  /// even when another process has its number.
  func runningServer() -> pid_t? {
    guard let file = fopen(data + "/postmaster.pid", "r") else { return nil }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 32)
    guard fgets(&line, 32, file) != nil else { return nil }
    let number = Int32(truncatingIfNeeded: strtol(line, nil, 10))
    if Self.workingFolder(of: number) == data { return number }
    unlink(data + "/postmaster.pid")
    return nil
  }

  private static func workingFolder(of pid: pid_t) -> String? {
    guard let resolved = realpath("/proc/\(pid)/cwd", nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}

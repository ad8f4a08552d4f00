internal import Glibc

/// The paths of the server's programs.
struct ServerPrograms {
  private static let setprivPaths: [String] = ["/usr/bin/setpriv", "/bin/setpriv"]

  let initdb: String
  let postgres: String

  /// Looks where `pg_config` says, where Debian and Red Hat install them (the newest first), and along the PATH.
  static func find() throws(EmbeddedPostgresError) -> ServerPrograms {
    var folders: [String] = []
    let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
    let pathFolders = path.split(separator: ":").map(String.init)
    if let config = pathFolders.map({ $0 + "/pg_config" }).first(where: { access($0, X_OK) == 0 }) {
      let (status, output) = ChildProcess.run([config, "--bindir"])
      if status == 0 { folders.append(output.split(separator: "\n").first.map(String.init) ?? "") }
    }
    for version in (13...30).reversed() {
      folders.append("/usr/lib/postgresql/\(version)/bin")
      folders.append("/usr/pgsql-\(version)/bin")
    }
    folders += pathFolders
    for folder in folders {
      let found = ServerPrograms(initdb: folder + "/initdb", postgres: folder + "/postgres")
      if access(found.initdb, X_OK) == 0 && access(found.postgres, X_OK) == 0 { return found }
    }
    throw .notInstalled(searched: ["pg_config --bindir", "/usr/lib/postgresql/*/bin", "PATH"])
  }

  /// The command that runs `program` as `user` and has it stopped when the thread that started it ends.
  static func command(_ program: [String], as user: ServerUser?) throws(EmbeddedPostgresError) -> [String] {
    guard let setpriv = Self.setprivPaths.first(where: { access($0, X_OK) == 0 }) else {
      throw .notInstalled(searched: ["setpriv of util-linux"])
    }
    var command = [setpriv, "--pdeathsig", "INT"]
    if let user { command += ["--reuid", "\(user.uid)", "--regid", "\(user.gid)", "--clear-groups"] }
    return command + ["--"] + program
  }
}

/// The user that the server runs as when this program is root, which the server refuses.
struct ServerUser {
  let name: String
  let uid: uid_t
  let gid: gid_t

  /// Nil when we are not root: then it runs as ourselves.
  static func forServer() throws(EmbeddedPostgresError) -> ServerUser? {
    guard geteuid() == 0 else { return nil }
    for name in ["postgres", "nobody"] {
      if let entry = getpwnam(name) {
        return ServerUser(name: name, uid: entry.pointee.pw_uid, gid: entry.pointee.pw_gid)
      }
    }
    throw .noUser
  }

  /// Whether others than its owner may pass through every folder of `path`, which is absolute.
  func canReach(_ path: String) -> Bool {
    var folder = ""
    for step in path.split(separator: "/").dropLast() {
      folder += "/" + step
      var info = stat()
      guard stat(folder, &info) == 0 else { return true }  // to be made
      let isOwner = info.st_uid == uid && info.st_mode & S_IXUSR != 0
      let isGroup = info.st_gid == gid && info.st_mode & S_IXGRP != 0
      if !isOwner && !isGroup && info.st_mode & S_IXOTH == 0 { return false }
    }
    return true
  }
}

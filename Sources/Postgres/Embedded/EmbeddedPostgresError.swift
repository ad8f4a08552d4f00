/// The reason why the private server could not be started.
public enum EmbeddedPostgresError: Error, Equatable, CustomStringConvertible {
  /// The server's programs are not installed.
  case notInstalled(searched: [String])
  /// There is no unprivileged user to run the server as.
  case noUser
  /// The unprivileged user cannot get to the directory.
  case unreachable(directory: String, user: String)
  /// Another program runs a server there.
  case inUse(directory: String, pid: Int32, url: String)
  /// The directory belongs to another user, or cannot be created.
  case directory(String, reason: String)
  /// A program of the server failed.
  case failed(program: String, output: String)
  /// The server did not answer in time.
  case silent(logFile: String)
  /// The task that started it was cancelled.
  case cancelled

  /// A sentence with advice.
  public var description: String {
    switch self {
    case .notInstalled(let searched):
      """
      PostgreSQL's server was not found (searched: \(searched.joined(separator: ", "))). Install it, on Debian with \
      'apt-get install postgresql-15', or name a running one in DATABASE_URL.
      """
    case .noUser:
      "PostgreSQL does not run as root, and there is neither a user 'postgres' nor 'nobody' to run it as."
    case .unreachable(let directory, let user):
      """
      PostgreSQL, which runs as user '\(user)', cannot get to \(directory); choose a data directory outside of \
      private ones, such as /var/lib/fastshop.
      """
    case .inUse(let directory, let pid, let url):
      """
      Process \(pid) already runs a database server in \(directory). Stop it, or connect to it with \
      DATABASE_URL='\(url)'.
      """
    case .directory(let path, let reason): "The directory \(path) cannot be used: \(reason)."
    case .failed(let program, let output): "\(program) failed: \(output)"
    case .silent(let logFile): "PostgreSQL did not start; its log is \(logFile)."
    case .cancelled: "The start was given up."
    }
  }
}

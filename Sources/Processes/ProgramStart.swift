internal import CLinux
internal import Glibc

/// Starts a program in a process group of its own, so that Ctrl-C in a terminal reaches only the parent, with default
/// signals and with no input.
package struct ProgramStart: Sendable {
  private let path: String
  private let arguments: [String]
  private let environment: [String]
  private var inherited: [Int32] = []
  private var output: Int32?

  /// A start of the program at `path`. It inherits standard output, standard error and the descriptors of `inherited`,
  /// by their numbers; others only if they are not closed by exec.
  package init(_ path: String, _ arguments: [String], environment: [String], inheriting inherited: [Int32]) {
    self.path = path
    self.arguments = arguments
    self.environment = environment
    self.inherited = inherited
  }

  /// A start of the program at `path`, both of whose outputs go to `output`. It inherits nothing else.
  package init(_ path: String, _ arguments: [String], environment: [String], output: Int32) {
    self.path = path
    self.arguments = arguments
    self.environment = environment
    self.output = output
  }

  /// Starts it, as a child of the calling thread, and returns its process id.
  package func start() -> Result<Int32, ProgramError> {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    for fd in inherited { posix_spawn_file_actions_adddup2(&actions, fd, fd) }  // onto itself: kept open by exec
    if let output {
      for stream in [1, 2] as [Int32] { posix_spawn_file_actions_adddup2(&actions, output, stream) }
      linux_spawn_close_from(&actions, 3)
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    var all = sigset_t()
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)  // we may block or ignore some; the child must not
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    var id = pid_t()
    let failure = Self.withTexts(arguments, environment) { posix_spawn(&id, path, &actions, &attributes, $0, $1) }
    return failure == 0 ? .success(id) : .failure(ProgramError(path, errno: failure))
  }

  typealias Texts = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

  /// Calls `body` with arguments and environment in the form of the system call.
  static func withTexts<Value>(
    _ arguments: [String], _ environment: [String], _ body: (Texts, Texts) -> Value
  ) -> Value {
    var argv = arguments.map { strdup($0) } + [nil]
    var variables = environment.map { strdup($0) } + [nil]
    defer { for text in argv + variables { free(text) } }
    return argv.withUnsafeMutableBufferPointer { argv in
      variables.withUnsafeMutableBufferPointer { body(argv.baseAddress!, $0.baseAddress!) }
    }
  }
}

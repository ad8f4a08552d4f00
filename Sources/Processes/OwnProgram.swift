internal import CLinux
internal import EventLoop
internal import FoundationEssentials
internal import Glibc

/// The program of this process.
package enum OwnProgram {
  /// Names the file that this process runs, also when another one has taken its place by now.
  package static let running = "/proc/self/exe"
  /// The process id.
  package static var id: Int32 { getpid() }

  /// The path of the program when it was started, where its next version will be. Links in the path are kept, because
  /// they may be changed to the next version.
  package static func path() -> String {
    let named = CommandLine.arguments.first ?? ""
    let candidates: [String]
    if named.contains("/") {
      candidates = [named.hasPrefix("/") ? named : FileManager.default.currentDirectoryPath + "/" + named]
    } else {
      let folders = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
      candidates = folders.split(separator: ":").map { "\($0)/\(named)" }
    }
    let own = identity(of: running)
    if let found = candidates.first(where: { identity(of: $0) == own }) { return found }
    return (try? FileManager.default.destinationOfSymbolicLink(atPath: running)) ?? running
  }

  /// Opens the standard streams that the parent process has closed, so that no other descriptor gets their numbers.
  package static func openStandardStreams() {
    var opened = open("/dev/null", O_RDWR | O_CLOEXEC)
    while (0...2).contains(opened) { opened = open("/dev/null", O_RDWR | O_CLOEXEC) }
    if opened > 2 { close(opened) }
  }

  /// A name for `top` and `ps`, at most 15 bytes.
  package static func name(_ name: String) {
    let file = open("/proc/self/comm", O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    _ = Glibc.write(file, name, name.utf8.count)
    close(file)
  }

  /// Replaces this program by the one at `path`: the process id, children and the descriptors of `inherited` stay, all
  /// else is lost. Signals that were not handled are for the new program. Returns only if it fails.
  package static func replace(
    by path: String, _ arguments: [String], environment: [String], inheriting inherited: [Int32]
  ) -> ProgramError {
    let failure = SpawningThread.run {
      ProcessSignals.handOver()
      for fd in inherited { _ = fcntl(fd, F_SETFD, 0) }
      let failure = ProgramStart.withTexts(arguments, environment) { argv, variables in
        execve(path, argv, variables)
        return errno
      }
      for fd in inherited { _ = fcntl(fd, F_SETFD, FD_CLOEXEC) }
      ProcessSignals.takeBack()
      return failure
    }
    return ProgramError(path, errno: failure ?? EAGAIN)
  }

  /// Ends this process at once when the process `parent` ends; to be called by a thread that stays.
  /// - Returns: false when it has ended already.
  package static func endWithParent(_ parent: Int32) -> Bool { linux_end_with_parent(parent) == 0 }

  /// Ends the process without another word.
  package static func endNow(_ status: Int32) -> Never { _exit(status) }

  private struct Identity: Equatable {
    let device: dev_t
    let number: ino_t
  }

  private static func identity(of path: String) -> Identity? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return Identity(device: status.st_dev, number: status.st_ino)
  }
}

internal import CLinux
internal import Glibc

/// A listening, non-blocking socket, and the file of a Unix one.
struct ListeningSocket: Sendable {
  /// Connections that the kernel may hold before they are accepted.
  private static let backlog: Int32 = 4096

  /// A file by what it is rather than by its name, which may be another's by now.
  private struct FileIdentity: Equatable {
    let device: dev_t
    let number: ino_t
  }

  /// Its id in channelz.
  let id = ProcessServers.nextID()
  let fd: Int32
  /// Where it listens: with the port that was free.
  let bound: ListenAddress
  private let file: FileIdentity?

  /// Listens on `endpoint`. With `sharesPort`, others of this process may listen there too, and the kernel spreads
  /// connections over them.
  /// - Throws: ``ListenError`` when the system refuses, with its reason.
  init(on endpoint: RPCServer.Endpoint, sharesPort: Bool) throws(ListenError) {
    let place = endpoint.address
    if case .unix(let path) = place { try Self.clear(path, for: place) }
    guard var address = SocketAddress(place) else { throw ListenError(address: place, reason: "no such address") }
    let socket = address.makeSocket()
    guard socket >= 0 else { throw Self.failure(at: place) }
    do throws(ListenError) {
      Self.configure(socket, for: place, sharesPort: sharesPort)
      guard address.withPointer({ bind(socket, $0, $1) }) == 0, Glibc.listen(socket, Self.backlog) == 0 else {
        throw Self.failure(at: place)
      }
      if case .unix(let path) = place, chmod(path, endpoint.unixPermissions & 0o777) != 0 {
        throw Self.failure(at: place)
      }
    } catch {
      close(socket)
      throw error
    }
    fd = socket
    switch place {
    case .tcp(let host, _):
      bound = .tcp(host: host, port: SocketAddress.localPort(of: socket))
      file = nil
    case .unix(let path):
      bound = place
      file = Self.identity(of: path)
    }
  }

  /// Closes it; a Unix socket's file goes too, unless it is another server's by now.
  func closeAndRemove() {
    if case .unix(let path) = bound, let file, Self.identity(of: path) == file { unlink(path) }
    close(fd)
  }

  private static func configure(_ fd: Int32, for place: ListenAddress, sharesPort: Bool) {
    func set(_ option: Int32, at level: Int32, to value: Int32) {
      var value = value
      setsockopt(fd, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }
    switch place {
    case .tcp(let host, _):
      set(SO_REUSEADDR, at: SOL_SOCKET, to: 1)
      if sharesPort { set(SO_REUSEPORT, at: SOL_SOCKET, to: 1) }
      // Whatever the system's default: `::` is every address, of IPv4 too, and any other IPv6 address is only itself.
      if host.contains(":") { set(IPV6_V6ONLY, at: Int32(IPPROTO_IPV6), to: host == "::" ? 0 : 1) }
    case .unix: fchmod(fd, 0)  // nobody connects before the permissions are right
    }
  }

  /// Removes the socket that a server which ended badly left at `path`. One on which somebody listens, and any other
  /// file, stays.
  private static func clear(_ path: String, for place: ListenAddress) throws(ListenError) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFSOCK else {
      throw ListenError(address: place, reason: "a file that is no socket is there")
    }
    guard var address = SocketAddress(path: path) else { return }
    let probe = address.makeSocket()
    guard probe >= 0 else { throw failure(at: place) }
    defer { close(probe) }
    let isAnswered = address.withPointer { connect(probe, $0, $1) } == 0
    guard !isAnswered, errno == ECONNREFUSED else {
      throw ListenError(address: place, reason: "another server listens there")
    }
    unlink(path)
  }

  private static func identity(of path: String) -> FileIdentity? {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    return FileIdentity(device: status.st_dev, number: status.st_ino)
  }

  private static func failure(at place: ListenAddress) -> ListenError {
    ListenError(address: place, reason: String(cString: strerror(errno)))
  }
}

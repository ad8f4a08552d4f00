internal import CLinux
internal import Glibc

/// A non-blocking listening socket, with the file of a Unix socket.
///
/// A program may hold the socket for another program that serves: it passes the descriptor, and the other adopts it.
package struct ListeningSocket: Sendable {
  /// Connections that the kernel may hold before they are accepted.
  static let backlog: Int32 = 4096

  /// The identity of a file: its device and inode. Its path may name another file by now.
  package struct FileIdentity: Equatable, Codable, Sendable {
    let device: UInt64
    let number: UInt64
  }

  /// Its id in channelz.
  let id = ProcessServers.nextID()
  package let fd: Int32
  /// The address with the port that was chosen.
  package let bound: ListenAddress
  /// The file to be removed in the end; nil when there is none, or when it is another program's to remove.
  package let file: FileIdentity?

  /// The sockets of `endpoint`: one, or one for each of so many loops where the kernel spreads connections.
  /// - Throws: ``ListenError``.
  package static func open(_ endpoint: RPCServer.Endpoint, loops: Int) throws(ListenError) -> [ListeningSocket] {
    guard endpoint.isSpreadByKernel, loops > 1 else { return [try ListeningSocket(on: endpoint, sharesPort: false)] }
    var sockets = [try ListeningSocket(on: endpoint, sharesPort: true)]
    do throws(ListenError) {
      let same = endpoint.at(sockets[0].bound)
      while sockets.count < loops { sockets.append(try ListeningSocket(on: same, sharesPort: true)) }
    } catch {
      for socket in sockets { socket.closeAndRemove() }
      throw error
    }
    return sockets
  }

  /// Binds to the address of `endpoint`. With `sharesPort`, other sockets of this process may bind to it, too, and the
  /// kernel distributes connections over them. A TCP socket refuses connections until ``listen()``. A Unix socket lets
  /// them wait, because a socket file on which no process listens counts as left over.
  /// - Throws: ``ListenError`` when the system refuses, with its reason.
  init(on endpoint: RPCServer.Endpoint, sharesPort: Bool) throws(ListenError) {
    let place = endpoint.address
    if case .unix(let path) = place { try Self.clear(path, for: place) }
    guard var address = SocketAddress(place) else { throw ListenError(address: place, reason: "no such address") }
    let socket = address.makeSocket()
    guard socket >= 0 else { throw Self.failure(at: place) }
    do throws(ListenError) {
      Self.configure(socket, for: place, sharesPort: sharesPort)
      guard address.withPointer({ bind(socket, $0, $1) }) == 0 else { throw Self.failure(at: place) }
      if case .unix(let path) = place {
        guard Glibc.listen(socket, Self.backlog) == 0, chmod(path, endpoint.unixPermissions & 0o777) == 0 else {
          throw Self.failure(at: place)
        }
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

  /// Adopts `fd`, which another program opened for `place`, after checking that it is such a socket. The program that
  /// removes the file at the end must pass `file`.
  /// - Throws: ``ListenError`` when it is not a socket of that address.
  package init(adopting fd: Int32, for place: ListenAddress, file: FileIdentity? = nil) throws(ListenError) {
    var kind: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    guard fd > 2, getsockopt(fd, SOL_SOCKET, SO_TYPE, &kind, &length) == 0, kind == Int32(SOCK_STREAM.rawValue),
      let local = EndpointAddress.local(of: fd), EndpointAddress.remote(of: fd) == nil,
      let wanted = EndpointAddress(place, port: SocketAddress.localPort(of: fd)), local == wanted
    else { throw ListenError(address: place, reason: "descriptor \(fd) is no socket of this address") }
    guard fcntl(fd, F_SETFD, FD_CLOEXEC) == 0, fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK) == 0 else {
      throw Self.failure(at: place)
    }
    self.fd = fd
    self.file = file
    if case .tcp(let host, _) = place {
      bound = .tcp(host: host, port: SocketAddress.localPort(of: fd))
    } else {
      bound = place
    }
  }

  private init(fd: Int32, bound: ListenAddress) {
    self.fd = fd
    self.bound = bound
    file = nil
  }

  /// Another descriptor of the same socket: closing it leaves the socket open.
  /// - Throws: ``ListenError`` when there are no descriptors left.
  package func copy() throws(ListenError) -> ListeningSocket {
    let copy = fcntl(fd, F_DUPFD_CLOEXEC, 3)
    guard copy >= 0 else { throw Self.failure(at: bound) }
    return ListeningSocket(fd: copy, bound: bound)
  }

  /// Lets callers come. Harmless on a socket that listens already.
  /// - Throws: ``ListenError`` when the system refuses: another program may have been faster.
  package func listen() throws(ListenError) {
    guard Glibc.listen(fd, Self.backlog) == 0 else { throw Self.failure(at: bound) }
  }

  /// Closes it; a Unix socket's file goes too, unless it is another server's by now.
  package func closeAndRemove() {
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
      // Overrides the system's default: `::` means all addresses including IPv4, and any other IPv6 address only
      // itself.
      if host.contains(":") { set(IPV6_V6ONLY, at: Int32(IPPROTO_IPV6), to: host == "::" ? 0 : 1) }
    case .unix: fchmod(fd, 0)  // no client connects before the permissions are set
    }
  }

  /// Removes the socket file that a crashed server left at `path`. A socket on which a process listens, and any other
  /// file, stays.
  private static func clear(_ path: String, for place: ListenAddress) throws(ListenError) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFSOCK else {
      throw ListenError(address: place, reason: "a file exists there that is not a socket")
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
    return FileIdentity(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
  }

  private static func failure(at place: ListenAddress) -> ListenError {
    ListenError(address: place, reason: String(cString: strerror(errno)))
  }
}

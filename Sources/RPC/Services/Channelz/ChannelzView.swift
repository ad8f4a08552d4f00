internal import Protobuf

/// Writes servers and sockets as channelz's messages.
struct ChannelzView {
  let arena: Arena
  private let clock = CalendarClock()

  init(arena: Arena) { self.arena = arena }

  func fill(_ answer: ChannelzServer, _ server: RPCServer, _ counters: CallCounters) {
    let reference = ChannelzServerRef(in: arena)
    reference.serverID = server.channelzID
    answer.ref = reference
    let data = ChannelzServerData(in: arena)
    data.callsStarted = counters.started
    data.callsSucceeded = counters.succeeded
    data.callsFailed = counters.failed
    data.lastCallStartedTimestamp = timestamp(counters.lastStarted)
    answer.data = data
    for listening in server.listeningSockets {
      let socket = answer.listenSocket.appendNew()
      socket.socketID = listening.id
      socket.name = arena.text(listening.bound.description)
    }
  }

  /// `summary`: without what belongs to the socket itself.
  func socket(_ snapshot: SocketSnapshot, summary: Bool) -> ChannelzSocket {
    let socket = ChannelzSocket(in: arena)
    let reference = ChannelzSocketRef(in: arena)
    reference.socketID = snapshot.id
    reference.name = arena.text(snapshot.name)
    socket.ref = reference
    socket.data = data(snapshot)
    if summary { return socket }
    socket.local = snapshot.local.map(address)
    socket.remote = snapshot.remote.map(address)
    socket.security = snapshot.tls.map(security)
    return socket
  }

  private func data(_ snapshot: SocketSnapshot) -> ChannelzSocketData {
    let counters = snapshot.counters
    let data = ChannelzSocketData(in: arena)
    data.streamsStarted = counters.streamsStarted
    data.streamsSucceeded = counters.streamsSucceeded
    data.streamsFailed = counters.streamsFailed
    data.messagesSent = counters.messagesSent
    data.messagesReceived = counters.messagesReceived
    data.keepAlivesSent = counters.keepAlivesSent
    data.lastRemoteStreamCreatedTimestamp = timestamp(counters.lastStreamStarted)
    data.lastMessageSentTimestamp = timestamp(counters.lastMessageSent)
    data.lastMessageReceivedTimestamp = timestamp(counters.lastMessageReceived)
    if let windows = snapshot.windows {
      data.localFlowControlWindow = number(windows.ours)
      data.remoteFlowControlWindow = number(windows.theirs)
    }
    return data
  }

  private func address(_ place: EndpointAddress) -> ChannelzAddress {
    let address = ChannelzAddress(in: arena)
    switch place {
    case .ip(let bytes, let port):
      let ip = ChannelzAddress.TcpIpAddress(in: arena)
      ip.ipAddress = arena.bytes(bytes)
      ip.port = Int32(port)
      address.address = .tcpipAddress(ip)
    case .unix(let path):
      let unix = ChannelzAddress.UdsAddress(in: arena)
      unix.filename = arena.text(path)
      address.address = .udsAddress(unix)
    }
    return address
  }

  private func security(_ description: TLSDescription) -> ChannelzSecurity {
    let tls = ChannelzSecurity.Tls(in: arena)
    tls.cipherSuite = .standardName(arena.text(description.cipherSuite))
    tls.localCertificate = arena.bytes(description.localCertificate)
    tls.remoteCertificate = arena.bytes(description.remoteCertificate)
    let security = ChannelzSecurity(in: arena)
    security.model = .tls(tls)
    return security
  }

  private func timestamp(_ loopTime: Int64?) -> Timestamp? {
    guard let loopTime else { return nil }
    let time = clock.time(loopTime)
    let timestamp = Timestamp(in: arena)
    timestamp.seconds = time.seconds
    timestamp.nanos = time.nanoseconds
    return timestamp
  }

  private func number(_ value: Int) -> Int64Value {
    let number = Int64Value(in: arena)
    number.value = Int64(value)
    return number
  }
}

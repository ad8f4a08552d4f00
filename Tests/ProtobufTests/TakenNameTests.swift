import CalendarTestAPI
import PostTestAPI
import Protobuf
import RPC
import Testing

/// Messages that are called like something of Swift's, of the runtime's, or of another domain's. Where two meet in a
/// file, their users name the module; the generated code always does.
@Suite("Names that are taken")
struct TakenNameTests {
  @Test("two domains' messages of one name travel inside each other, in binary and in JSON")
  func twoDomains() throws {
    let arena = Arena()
    let inner = CalendarTestAPI::Event(in: arena)
    inner.label = "inner"
    inner.type = .once
    inner.whole = CalendarTestAPI::Event.Event(in: arena)
    inner.whole?.label = "whole"
    inner.note = CalendarTestAPI::Event.Note(in: arena)
    inner.note?.text = "a note"
    inner.message = .number(7)
    let outer = PostTestAPI::Event(in: arena)
    outer.label = "outer"
    outer.event = inner
    outer.messages.appendNew().label = "a message"
    let text = CalendarTestAPI::String(in: arena)
    text.label = "a string"
    outer.strings["first"] = text
    let error = CalendarTestAPI::Error(in: arena)
    error.label = "other"
    outer.result = .otherError(error)
    outer.status = .ok

    for again in [
      try PostTestAPI::Event(decoding: try outer.encoded(), in: Arena()),
      try PostTestAPI::Event(json: try outer.json(), in: Arena()),
    ] {
      #expect(again.label == "outer" && again.event?.label == "inner" && again.event?.type == .once)
      #expect(again.event?.whole?.label == "whole" && again.event?.note?.text == "a note")
      #expect(again.messages.map(\.label.string) == ["a message"] && again.strings["first"]?.label == "a string")
      #expect(again.status == .ok)
      guard case .number(7) = again.event?.message, case .otherError(let error) = again.result else {
        Issue.record("the oneofs have other values")
        return
      }
      #expect(error.label == "other")
    }
  }

  @Test("a message has a field of every such type, in binary and in JSON")
  func everyType() throws {
    let arena = Arena()
    let all = CalendarTestAPI::Everything(in: arena)
    for field in CalendarTestAPI::Everything.descriptor.fields where field.message != nil && !field.isRepeated {
      _ = all.storage.slotForWriting(field).messageForWriting()
    }
    all.stringField?.label = "a string"
    all.optionals["one"] = CalendarTestAPI::Optional(in: arena)
    all.eventType = .once
    all.status = .ok
    all.number = 3
    let again = try CalendarTestAPI::Everything(json: try all.json(), in: Arena())
    #expect(try again.encoded() == all.encoded())
    #expect(again.stringField?.label == "a string" && again.optionals["one"] != nil && again.swiftField != nil)
    #expect(again.eventType == .once && again.status == .ok && again.number == 3)
  }

  /// Handlers of both domains' services: what a module's name says compiles beside `RPC::Call`.
  private struct Handlers: RPCNamesService {
    func call(_ request: CalendarTestAPI::Call, _ call: RPC::Call) async throws -> CalendarTestAPI::Result {
      CalendarTestAPI::Result(in: call.arena)
    }
    func channel(
      _ request: consuming CalendarTestAPI::Message, _ responses: RPC::ResponseStream<CalendarTestAPI::Event>,
      _ call: RPC::Call
    ) async throws {}
    func methods(
      _ requests: RPC::RequestStream<CalendarTestAPI::Task>, _ call: RPC::Call
    ) async throws -> CalendarTestAPI::Error { CalendarTestAPI::Error(in: call.arena) }
    func `init`(
      _ requests: RPC::RequestStream<CalendarTestAPI::Array>,
      _ responses: RPC::ResponseStream<CalendarTestAPI::Optional>,
      _ call: RPC::Call
    ) async throws {}
  }

  @Test("a service has methods that are called like its own parts")
  func service() {
    let paths = ["Call", "Channel", "Methods", "Init"].map { "/fastshop.test.calendar.v1.RPCNames/\($0)" }
    #expect(Handlers().methods.map(\.path) == paths)
    #expect(eventServiceDescriptor.methods[0].output.descriptor == CalendarTestAPI::Event.descriptor)
    #expect(eventServiceDescriptor.methods[0].input.descriptor == PostTestAPI::Event.descriptor)
  }
}

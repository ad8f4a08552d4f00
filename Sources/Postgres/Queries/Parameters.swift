internal import CPQ
internal import Glibc
internal import Protobuf

/// The parameters of a query as libpq takes them: pointers to texts that end with a NUL.
///
/// The connections of a loop share one, whose memory is used again for each query: libpq copies the texts.
final class Parameters {
  /// More scratch memory than this, in bytes, is given back after use.
  private static let scratchKeptMax = 256 << 10

  private(set) var pointers: UnsafeMutablePointer<UnsafePointer<CChar>?>
  private(set) var count: Int32 = 0
  private var pointersMax = 32
  private var scratch: UnsafeMutablePointer<UInt8>
  private var scratchBytes = 4096

  init() {
    pointers = .allocate(capacity: pointersMax)
    scratch = .allocate(capacity: scratchBytes)
  }

  deinit {
    pointers.deallocate()
    scratch.deallocate()
  }

  /// Lays the values out; they are good until the next call, as long as `values` lives.
  func set(_ values: [QueryBind]) throws(PostgresError) {
    guard values.count <= Query.valuesMax else {
      throw .other(sqlstate: SQLState.programLimitExceeded, message: "a query of \(values.count) values")
    }
    reserve(values)
    count = Int32(values.count)
    var text = ValueText(at: scratch)
    for index in values.indices {
      let value = values[index]
      switch value.form {
      case .null: pointers[index] = nil
      case .text(let string): pointers[index] = string.cString
      default:
        let start = text.end
        value.write(to: &text)
        if case .string = value.form, memchr(start, 0, text.end - start) != nil {
          throw .other(sqlstate: SQLState.characterNotInRepertoire, message: "a string value contains U+0000")
        }
        text.byte(0)
        pointers[index] = UnsafeRawPointer(start).assumingMemoryBound(to: CChar.self)
      }
    }
  }

  private func reserve(_ values: [QueryBind]) {
    if values.count > pointersMax {
      pointers.deallocate()
      pointersMax = values.count
      pointers = .allocate(capacity: pointersMax)
    }
    var needed = 0
    for index in values.indices { needed += values[index].textBytesMax + 1 }
    if needed > scratchBytes || scratchBytes > Self.scratchKeptMax {
      scratch.deallocate()
      scratchBytes = max(needed, 4096)
      scratch = .allocate(capacity: scratchBytes)
    }
  }
}

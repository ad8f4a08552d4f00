/// An SQL statement with its values.
///
/// Written as an interpolated string: the text between the interpolations is SQL, an interpolation is a value that
/// travels apart from it. SQL can come from literals alone (the compiler refuses anything else), so no input can ever
/// become part of a statement.
///
/// ```swift
/// let visible: Query = "state = 'active' AND seller_id = \(seller)"
/// let query: Query = "SELECT id, title FROM catalog.product WHERE \(visible) LIMIT \(limit)"
/// ```
///
/// An interpolated `Query` becomes part of the statement. A value's type is what Postgres infers from its place; where
/// it cannot (`\(name) IS NULL`), write a cast: `\(name)::text IS NULL`.
///
/// A statement is known by the addresses of its literals. One that returns is prepared, once per connection; see
/// ``unprepared`` for texts of very many variants.
public struct Query: ExpressibleByStringInterpolation {
  /// A piece of SQL, or the position of a value.
  struct Piece: Equatable {
    /// Nil in the position of a value.
    let sql: UnsafePointer<UInt8>?
    let count: Int
  }

  /// More values than this are refused by the protocol.
  static let valuesMax = 65_535

  var pieces: [Piece]
  var values: [QueryBind]
  /// Differs, most likely, for queries of different pieces.
  var fingerprint: UInt64
  /// Whether connections may keep it prepared.
  private(set) var isPreparable = true
  /// Whether a connection for reads plans it once, for any values.
  private(set) var isPlannedOnce = false

  /// A statement without values.
  public init(stringLiteral value: StaticString) {
    var built = StringInterpolation(literalCapacity: 0, interpolationCount: 0)
    built.appendLiteral(value)
    self.init(stringInterpolation: built)
  }

  /// A statement and its values.
  public init(stringInterpolation: StringInterpolation) {
    pieces = stringInterpolation.pieces
    values = stringInterpolation.values
    fingerprint = stringInterpolation.fingerprint
    isPreparable = stringInterpolation.isPreparable
  }

  /// The same, but parsed and planned each time, as is every statement that it becomes a part of: for texts that seldom
  /// return, so that they do not displace others.
  public var unprepared: Query {
    var query = self
    query.isPreparable = false
    return query
  }

  /// The same, but planned once on each connection for reads, for any values: for a statement that is frequent, and
  /// whose plan for the values of a call would be the same. Planning a join may take longer than carrying it out. It
  /// says nothing of a statement that it becomes a part of: that one may have other parts.
  public var plannedOnce: Query {
    var query = self
    query.isPlannedOnce = true
    return query
  }

  /// Collects the pieces and the values of a ``Query``.
  public struct StringInterpolation: StringInterpolationProtocol {
    var pieces: [Piece] = []
    var values: [QueryBind] = []
    var fingerprint: UInt64 = 0xcbf2_9ce4_8422_2325
    var isPreparable = true

    /// Makes room for what the compiler counted.
    public init(literalCapacity: Int, interpolationCount: Int) {
      pieces.reserveCapacity(2 * interpolationCount + 1)
      values.reserveCapacity(interpolationCount)
    }

    /// SQL: constants of the program alone.
    public mutating func appendLiteral(_ literal: StaticString) {
      if literal.utf8CodeUnitCount == 0 { return }
      append(Piece(sql: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    /// A value.
    public mutating func appendInterpolation<Value: QueryValue>(_ value: Value) {
      append(value.queryBind)
    }

    /// A value, or NULL.
    public mutating func appendInterpolation<Value: QueryValue>(_ value: Value?) {
      append(value?.queryBind ?? .null)
    }

    /// An array of values.
    public mutating func appendInterpolation<Values: Collection>(_ values: Values) where Values.Element: QueryValue {
      append(.array(values.lazy.map { $0.queryBind }))
    }

    /// An array of values, some of which may be NULL.
    public mutating func appendInterpolation<Value: QueryValue>(_ values: [Value?]) {
      append(.array(values.lazy.map { $0?.queryBind ?? .null }))
    }

    /// A part of a statement, with its own values.
    public mutating func appendInterpolation(_ fragment: Query) {
      pieces.append(contentsOf: fragment.pieces)
      for piece in fragment.pieces { note(piece) }
      if !fragment.isPreparable { isPreparable = false }
      values.append(contentsOf: fragment.values)
    }

    private mutating func append(_ value: QueryBind) {
      append(Piece(sql: nil, count: 0))
      values.append(value)
    }

    @inline(__always)
    private mutating func append(_ piece: Piece) {
      pieces.append(piece)
      note(piece)
    }

    @inline(__always)
    private mutating func note(_ piece: Piece) {
      let bits = UInt64(UInt(bitPattern: piece.sql)) ^ UInt64(truncatingIfNeeded: piece.count) << 48
      fingerprint = (fingerprint ^ bits) &* 0x0000_0100_0000_01b3
      fingerprint ^= fingerprint >> 29
    }
  }

  /// The statement for Postgres, with `$1`, `$2`, … in the positions of the values.
  static func sql(of pieces: [Piece]) -> String {
    var text = ""
    var position = 0
    for piece in pieces {
      if let sql = piece.sql {
        text += String(decoding: UnsafeBufferPointer(start: sql, count: piece.count), as: UTF8.self)
      } else {
        position += 1
        text += "$\(position)"
      }
    }
    return text
  }
}

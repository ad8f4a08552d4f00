public import Protobuf

/// What may be interpolated into a ``Query``. Types of the program's own conform by means of one that does.
public protocol QueryValue {
  /// The value in the form in which it is sent.
  var queryBind: QueryBind { get }
}

/// A value of a ``Query`` on its way to the server, which reads it as text.
public struct QueryBind {
  enum Form {
    case null
    case bool(Bool)
    case integer(Int64)
    case double(Double)
    case text(Text)
    case string(String)
    case uuid(UInt64, UInt64)
    case bytes([UInt8])
    case instant(microseconds: Int64)
  }

  let form: Form

  /// NULL.
  public static var null: QueryBind { QueryBind(form: .null) }
  /// A whole number.
  public static func integer(_ value: Int64) -> QueryBind { QueryBind(form: .integer(value)) }
  /// Text; also what Postgres reads another type from, such as `json`, `numeric` or an enum.
  public static func string(_ value: String) -> QueryBind { QueryBind(form: .string(value)) }
  /// A UUID of two halves, the first 8 bytes and the last.
  public static func uuid(_ high: UInt64, _ low: UInt64) -> QueryBind { QueryBind(form: .uuid(high, low)) }
  /// A `bytea`.
  public static func bytes(_ value: [UInt8]) -> QueryBind { QueryBind(form: .bytes(value)) }
  /// A `timestamptz`.
  /// - Parameter microseconds: since 1970-01-01 00:00 UTC.
  public static func instant(microseconds: Int64) -> QueryBind { QueryBind(form: .instant(microseconds: microseconds)) }
}

extension QueryBind {
  /// The elements as an array literal.
  static func array(_ elements: some Collection<QueryBind>) -> QueryBind {
    QueryBind(form: .string(arrayLiteral(elements)))
  }
}

extension Bool: QueryValue {
  /// A `boolean`.
  public var queryBind: QueryBind { QueryBind(form: .bool(self)) }
}

extension Int: QueryValue {
  /// A whole number.
  public var queryBind: QueryBind { .integer(Int64(self)) }
}

extension Int64: QueryValue {
  /// A `bigint`, or a smaller one where it fits.
  public var queryBind: QueryBind { .integer(self) }
}

extension Int32: QueryValue {
  /// A whole number.
  public var queryBind: QueryBind { .integer(Int64(self)) }
}

extension UInt32: QueryValue {
  /// A whole number.
  public var queryBind: QueryBind { .integer(Int64(self)) }
}

extension Double: QueryValue {
  /// A `double precision`, to the last bit.
  public var queryBind: QueryBind { QueryBind(form: .double(self)) }
}

extension String: QueryValue {
  /// Text. One that contains U+0000 is refused when the query is sent.
  public var queryBind: QueryBind { .string(self) }
}

extension Text: QueryValue {
  /// Text, sent from where it lies.
  public var queryBind: QueryBind { QueryBind(form: .text(self)) }
}

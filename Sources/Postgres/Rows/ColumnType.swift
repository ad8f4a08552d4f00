/// What a column holds, as far as mapping it to a field needs to know. From the type's OID, which never changes.
enum ColumnType: Equatable {
  case boolean, integer, decimal, text, uuid, bytea, instant, interval, json
  /// A type of the database's own, such as an enum; its text form is used.
  case other
  indirect case array(ColumnType)

  /// The OIDs from `pg_type.dat`.
  init(oid: UInt32) {
    switch oid {
    case 16: self = .boolean
    case 20, 21, 23, 26: self = .integer  // int8, int2, int4, oid
    case 700, 701, 1700: self = .decimal  // float4, float8, numeric
    case 18, 19, 25, 1042, 1043: self = .text  // "char", name, text, bpchar, varchar
    case 2950: self = .uuid
    case 17: self = .bytea
    case 1082, 1114, 1184: self = .instant  // date, timestamp, timestamptz
    case 1186: self = .interval
    case 114, 3802: self = .json  // json, jsonb
    case 1000: self = .array(.boolean)
    case 1005, 1007, 1016, 1028: self = .array(.integer)
    case 1021, 1022, 1231: self = .array(.decimal)
    case 1002, 1003, 1009, 1014, 1015: self = .array(.text)
    case 2951: self = .array(.uuid)
    case 1185, 1115, 1182: self = .array(.instant)
    case 1001: self = .array(.bytea)
    default: self = .other
    }
  }
}

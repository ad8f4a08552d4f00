"""The messages of golden.json, in text format or JSON."""

# Name, type, text format. Numbers are chosen so that every library prints them with the same digits.
CANONICAL = [
    ("empty", "Everything", ""),
    (
        "scalars",
        "Scalars",
        """int32_value: -7 int64_value: 9007199254740993 uint32_value: 4294967295 uint64_value: 18446744073709551615
        sint32_value: -2147483648 sint64_value: -9223372036854775808 fixed32_value: 1 fixed64_value: 2
        sfixed32_value: -3 sfixed64_value: -4 float_value: 1.5 double_value: 0.1 bool_value: true
        string_value: "shop" bytes_value: "\\000\\377\\020" color: COLOR_GREEN""",
    ),
    ("smallest numbers", "Scalars", "int32_value: -2147483648 float_value: 1.1754944e-38 double_value: 5e-324"),
    ("largest numbers", "Scalars", "float_value: 3.4028235e+38 double_value: 1.7976931348623157e+308"),
    ("not finite", "Scalars", "float_value: inf double_value: -inf"),
    ("not a number", "Scalars", "float_value: nan double_value: nan"),
    ("negative zero", "Scalars", "float_value: -0.0 double_value: -0.0"),
    ("third", "Scalars", "float_value: 0.33333334 double_value: 0.3333333333333333"),
    ("whole floats", "Scalars", "float_value: 100 double_value: -123456789"),
    ("unknown enum value", "Scalars", "color: 77"),
    ("negative enum value", "Scalars", "color: COLOR_NEGATIVE"),
    ("escapes", "Scalars", r'string_value: "quote\" back\\ slash/ \b\f\n\r\t \001\037\177 apostrophe\' <&>"'),
    ("unicode", "Scalars", 'string_value: "é ß 漢字 🛒 \\342\\200\\250 \\357\\277\\277"'),
    *[
        (f"{n} bytes", "Scalars", 'bytes_value: "' + "\\377\\200\\001\\000\\076\\077"[: 4 * n] + '"')
        for n in range(1, 7)
    ],
    (
        "optionals at their defaults",
        "Optionals",
        'int32_value: 0 uint64_value: 0 double_value: 0 bool_value: false string_value: "" bytes_value: "" '
        "color: COLOR_UNSPECIFIED scalars {}",
    ),
    ("optionals", "Optionals", 'int32_value: 5 string_value: "x" scalars { bool_value: true }'),
    (
        "lists",
        "Lists",
        """int32_values: [0, -1, 2147483647] int64_values: [1, -9223372036854775808] unpacked_values: [7, 300]
        float_values: [0.5, inf] double_values: [0.25, -1e+100] bool_values: [true, false]
        string_values: ["", "a", "ü"] bytes_values: ["", "\\001\\002"] colors: [COLOR_RED, COLOR_UNSPECIFIED, 9]
        messages { int32_value: 1 } messages {} times { seconds: 1 } times { nanos: 5000000 }
        sint64_values: [-1, 1] fixed64_values: [18446744073709551615]""",
    ),
    (
        "maps",
        "Maps",
        """by_string { key: "b" value: "y" } by_string { key: "a\\"" value: "x" }
        by_int32 { key: -1 value { int32_value: 3 } } by_int32 { key: 5 value {} }
        by_int64 { key: -9223372036854775808 value: 9223372036854775807 } by_uint32 { key: 4294967295 value: 2.5 }
        by_uint64 { key: 18446744073709551615 value: "\\001" } by_sint32 { key: -2 value: true }
        by_sint64 { key: 3 value: COLOR_RED } by_fixed32 { key: 1 value: 0.75 } by_fixed64 { key: 2 value: 4 }
        by_sfixed32 { key: -3 value { seconds: 5 } } by_sfixed64 { key: 6 value { seconds: -1 } }
        by_bool { key: true value: "yes" }""",
    ),
    ("choice of nothing", "Choice", 'name: "n"'),
    ("choice of a default", "Choice", "number: 0"),
    ("choice of text", "Choice", 'text: "" name: "n"'),
    ("choice of bytes", "Choice", 'data: "x"'),
    ("choice of an enum", "Choice", "color: COLOR_RED"),
    ("choice of a message", "Choice", "inner { number: 7 }"),
    ("choice of emptiness", "Choice", "empty {}"),
    (
        "well-known types",
        "WellKnown",
        """time { seconds: 1763717400 nanos: 500000000 } duration { seconds: -1 nanos: -5000 }
        mask { paths: "title" paths: "price.amount_minor" } empty {} double_value { value: 1.5 }
        float_value { value: 0.5 } int64_value { value: -1 } uint64_value { value: 1 } int32_value { value: -2 }
        uint32_value { value: 2 } bool_value { value: true } string_value { value: "s" } bytes_value { value: "b" }""",
    ),
    (
        "wrapped defaults",
        "WellKnown",
        "double_value {} float_value {} int64_value {} uint64_value {} int32_value {} uint32_value {} bool_value {} "
        "string_value {} bytes_value {} time {} duration {} mask {}",
    ),
    ("first second", "WellKnown", "time { seconds: -62135596800 }"),
    ("last nanosecond", "WellKnown", "time { seconds: 253402300799 nanos: 999999999 }"),
    ("leap day", "WellKnown", "time { seconds: 1709164800 nanos: 1000 }"),
    ("before the epoch", "WellKnown", "time { seconds: -1 nanos: 1 }"),
    ("longest duration", "WellKnown", "duration { seconds: 315576000000 }"),
    ("shortest duration", "WellKnown", "duration { nanos: -1 }"),
    (
        "any",
        "WellKnown",
        """any { [type.googleapis.com/fastshop.test.v1.Choice] { text: "t" name: "n" } }
        things { [type.googleapis.com/google.protobuf.Duration] { seconds: 3 } } things {}
        things { [type.googleapis.com/fastshop.test.v1.WellKnown] {
          any { [type.googleapis.com/google.protobuf.StringValue] { value: "deep" } } } }""",
    ),
    (
        "everything",
        "Everything",
        """scalars { int32_value: 1 } optionals { bool_value: false } lists { string_values: "a" }
        maps { by_bool { key: true value: "t" } } choice { number: 5 } well_known { empty {} }
        choices { text: "a" } choices {} choices { inner {} } field_with__odd_name2_x: "odd" far: 1""",
    ),
]

WITH_DEFAULTS = ["Scalars", "Optionals", "Lists", "Choice", "WellKnown"]

# Type, JSON that is not as it would be written, but is understood.
ACCEPTED_JSON = [
    ("Scalars", '{"int32_value": 1, "stringValue": "a"}'),
    ("Scalars", '{"int32Value": "-5", "int64Value": 5, "uint64Value": "18446744073709551615"}'),
    ("Scalars", '{"int32Value": 1e3, "uint32Value": 25.0, "int64Value": 1.5e2, "uint64Value": 0}'),
    ("Scalars", '{"floatValue": "1.5", "doubleValue": "-2e-3"}'),
    ("Scalars", '{"floatValue": "NaN", "doubleValue": "-Infinity"}'),
    ("Scalars", '{"doubleValue": 123456789012345678901234567890}'),
    ("Scalars", '{"doubleValue": 0.1000000000000000055511151231257827021181583404541015625}'),
    ("Scalars", '{"doubleValue": 2.2250738585072011e-308}'),
    ("Scalars", '{"floatValue": 16777217, "doubleValue": 9007199254740993}'),
    ("Scalars", '{"color": 1}'),
    ("Scalars", '{"color": "COLOR_CRIMSON"}'),
    ("Scalars", '{"color": -12}'),
    ("Scalars", '{"bytesValue": "-_8="}'),
    ("Scalars", '{"bytesValue": "+/8"}'),
    ("Scalars", '{"int32Value": null, "stringValue": null, "color": null, "bytesValue": null}'),
    ("Scalars", r'{"stringValue": "\u00e9\uD83D\uDED2\/\"\\\b\f\n\r\t"}'),
    ("Scalars", r'{"string\u0056alue": "escaped name"}'),
    ("Scalars", ' \t\r\n{ "boolValue" : true } \n'),
    ("Optionals", '{"scalars": null, "int32Value": 0}'),
    ("Lists", '{"int32Values": [], "messages": [{}]}'),
    ("Lists", '{"stringValues": null, "times": ["2026-11-21T10:00:00+01:30", "2026-11-21T10:00:00.5Z"]}'),
    ("Lists", '{"times": ["1999-12-31T23:59:59.123456789-12:00"]}'),
    ("Maps", '{"byString": {}, "byInt32": null, "byBool": {"false": ""}}'),
    ("Maps", '{"byString": {"": "empty", "b": ""}, "byInt32": {"0": {}}, "byBool": {"true": "yes", "false": ""}}'),
    ("Choice", '{"number": null, "text": "t"}'),
    ("WellKnown", '{"stringValue": null, "time": null, "empty": {}}'),
    ("WellKnown", '{"mask": "", "duration": "0s"}'),
    ("WellKnown", '{"duration": "-0.5s", "mask": "fooBar.bazQux2,a"}'),
    ("WellKnown", '{"any": {}}'),
    ("WellKnown", '{"any": {"name": "n", "@type": "type.googleapis.com/fastshop.test.v1.Choice"}}'),
    ("WellKnown", '{"any": {"value": "2s", "@type": "type.googleapis.com/google.protobuf.Duration"}}'),
    ("google.protobuf.Int64Value", '"12"'),
    ("google.protobuf.BoolValue", "true"),
    ("google.protobuf.Timestamp", '"1970-01-01T00:00:00Z"'),
]

REFUSED_JSON = [
    ("Scalars", source)
    for source in [
        "", "{", "}", "1", "null", "nul", '"a"', "{} {}", "{,}", '{"int32Value":1,}', "{'int32Value':1}",
        "{int32Value:1}", '{"int32Value" 1}', '{"int32Value":}', '{"int32Value":01}', '{"int32Value":+1}',
        '{"int32Value":.5}', '{"int32Value":1.}', '{"int32Value":1e}', '{"int32Value":-}', '{"int32Value":1.5}',
        '{"int32Value":2147483648}', '{"int32Value":-2147483649}', '{"int32Value":"1.5"}', '{"int32Value":"a"}',
        '{"int32Value":""}', '{"int32Value":"1 "}', '{"int32Value":true}', '{"int32Value":[1]}', '{"int32Value":{}}',
        '{"uint32Value":-1}', '{"uint32Value":4294967296}', '{"int64Value":9223372036854775808}',
        '{"uint64Value":18446744073709551616}', '{"uint64Value":"-1"}', '{"floatValue":1e39}',
        '{"doubleValue":1e999}', '{"doubleValue":"nan()"}', '{"doubleValue":"1x"}', '{"boolValue":1}',
        '{"boolValue":"true"}', '{"boolValue":True}', '{"stringValue":1}', '{"stringValue":["a"]}',
        '{"stringValue":"a', '{"stringValue":"\n"}', '{"stringValue":"\\x"}', '{"stringValue":"\\u12"}',
        '{"stringValue":"\\ud800"}', '{"stringValue":"\\udc00\\ud800"}', '{"color":"COLOR_BLUE"}',
        '{"color":"color_red"}', '{"bytesValue":1}', '{"unknown":1}', '{"int32Value":1,"int32Value":2}',
        '{"color":2147483648}',
    ]
] + [
    ("Lists", source)
    for source in [
        '{"int32Values":1}', '{"int32Values":{"0":1}}', '{"int32Values":[1,]}', '{"int32Values":[1 2]}',
        '{"int32Values":[null]}', '{"messages":[null]}', '{"stringValues":["a"', '{"int32Values":[[1]]}',
        '{"times":["2026-11-21"]}', '{"times":["2026-02-30T00:00:00Z"]}', '{"times":["2026-11-21T24:00:00Z"]}',
        '{"times":["2026-11-21T00:00:00"]}', '{"times":["0000-01-01T00:00:00Z"]}',
        '{"times":["10000-01-01T00:00:00Z"]}', '{"times":[0]}', '{"times":["2026-11-21t00:00:00Z"]}',
        '{"times":["0001-01-01T00:00:00+01:00"]}',
    ]
] + [
    ("Maps", source)
    for source in [
        '{"byString":[]}', '{"byString":{"a":null}}', '{"byString":{"a":1}}', '{"byInt32":{"a":{}}}',
        '{"byInt32":{"2147483648":{}}}', '{"byInt32":{"1.5":{}}}', '{"byBool":{"1":"a"}}',
        '{"byBool":{"True":"a"}}', '{"byString":{"a":"b","a":"c"}}', '{"byUint64":{"-1":""}}', '{"byInt32":{1:{}}}',
    ]
] + [
    ("Choice", source)
    for source in ['{"number":1,"text":"a"}', '{"text":"a","inner":{}}', '{"empty":1}', '{"empty":{"a":1}}']
] + [
    ("WellKnown", source)
    for source in [
        '{"duration":"1"}', '{"duration":1}', '{"duration":"s"}',
        '{"duration":"315576000001s"}', '{"int64Value":{"value":1}}', '{"boolValue":"x"}',
        '{"any":{"@type":"type.googleapis.com/no.such.Type"}}', '{"any":{"name":"a"}}',
        '{"any":{"@type":"type.googleapis.com/google.protobuf.Duration"}}', '{"any":{"@type":1}}',
        '{"mask":"a_b"}', '{"mask":1}', '{"mask":{"paths":["a"]}}',
    ]
]

# Type, text format that is not as it would be written, but is understood.
ACCEPTED_TEXT = [
    ("Scalars", "int32_value:-7,uint32_value:0x1F;uint64_value:017"),
    ("Scalars", "int32_value: -5 # a comment\n # another\nbool_value: True"),
    ("Scalars", "float_value: 1.5f double_value: 2.e3"),
    ("Scalars", "float_value: -inf double_value: Infinity bool_value: 1"),
    ("Scalars", "float_value: 1e5F double_value: 7"),
    ("Scalars", "string_value: 'a' \"b\" 'c\"'"),
    ("Scalars", r'string_value: "\x41\101\u00e9\U0001F6D2\a\v" bytes_value: "\xff\1"'),
    ("Scalars", "color: -1"),
    ("Lists", "int32_values: 1 int32_values: [2, 3] int32_values: []"),
    ("Lists", "messages: [{ int32_value: 1 }, < int32_value: 2 >] messages <>"),
    ("Maps", 'by_string: { value: "v" key: "k" } by_int32 { key: 1 }'),
    ("Choice", "inner: { number: 1 }"),
    ("WellKnown", 'any { type_url: "u/x" value: "\\001" }'),
]

REFUSED_TEXT = [
    ("Scalars", source)
    for source in [
        "int32_value", "int32_value:", "int32_value 1", "int32_value: a", "int32_value: 2147483648",
        "int32_value: 1 int32_value: 2", "uint32_value: -1", "unknown: 1", 'string_value: "a', "string_value: 1",
        'string_value: "\\xff"', 'string_value: "a\nb"', "bool_value: yes", "bool_value: 2", "color: COLOR_BLUE",
        "double_value: x", "}", "int32_value: { }", "int32_value: 1.5", 'string_value: "\\ud800"',
    ]
] + [
    ("Choice", source)
    for source in ['number: 1 text: "a"', "inner {", "inner }", "inner: 1", "inner { number: 1 >", "inner { x: 1 }"]
] + [("Lists", source) for source in ["int32_values: [1", "int32_values: [1,]", "int32_values: [[1]]"]]

// swift-tools-version: 6.2
import PackageDescription

// A target may use only what it lists here, of its own floor and of those below: see `floors`. `make map` draws them.

/// Every Swift target is compiled under these.
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  // An async function stays where its caller is, on its loop, unless it says otherwise.
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

/// The ground floor is confined to its loops and tested with every check on; in release builds it runs without the
/// dynamic checks for exclusive access, which would cost a call an eighth of its instructions.
let groundFloorSettings: [SwiftSetting] =
  strict + [
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))
  ]

/// The shop itself never touches an unsafe pointer: the compiler refuses it.
let safe: [SwiftSetting] = strict + [.strictMemorySafety()]

let log = Target.Dependency.product(name: "Logging", package: "swift-log")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

/// Headers of C libraries, and C that we compile.
let c: [Target] = [
  .systemLibrary(name: "CArgon2", pkgConfig: "libargon2"),
  .systemLibrary(name: "CCrypt", pkgConfig: "libcrypt"),
  .systemLibrary(name: "CCurl", pkgConfig: "libcurl"),
  .systemLibrary(name: "CIDN2", pkgConfig: "libidn2"),
  .systemLibrary(name: "CNGHTTP2", pkgConfig: "libnghttp2"),
  .systemLibrary(name: "COpenSSL", pkgConfig: "openssl"),
  .systemLibrary(name: "CHTTPParser"),
  .systemLibrary(name: "CPQ", pkgConfig: "libpq"),
  .systemLibrary(name: "CUnistring"),
  .systemLibrary(name: "CZlib", pkgConfig: "zlib"),
  .systemLibrary(name: "CProtobufC", pkgConfig: "libprotobuf-c"),
  .target(name: "CLinux"),
  .target(name: "CProtobufTypes", dependencies: ["CProtobufC"]),
  .target(name: "CStandardProtos", dependencies: ["CProtobufC", "CProtobufTypes"]),
]

/// What knows nothing of shops.
let ground: [Target] = [
  .target(name: "EventLoop", dependencies: ["CLinux"], swiftSettings: groundFloorSettings),
  .target(name: "Processes", dependencies: ["CLinux", "EventLoop"], swiftSettings: groundFloorSettings),
  .target(name: "Protobuf", dependencies: ["CProtobufC", "CProtobufTypes"], swiftSettings: groundFloorSettings),
  .target(
    name: "RPC",
    dependencies: [
      "EventLoop", "Protobuf", "CLinux", "CHTTPParser", "CNGHTTP2", "COpenSSL", "CStandardProtos", "CZlib", log,
    ],
    swiftSettings: groundFloorSettings),
  .target(
    name: "Postgres", dependencies: ["EventLoop", "Processes", "Protobuf", "CLinux", "CPQ", log],
    swiftSettings: groundFloorSettings),
  .target(name: "HTTPClient", dependencies: ["EventLoop", "CCurl"], swiftSettings: groundFloorSettings),
  .target(name: "Metrics", dependencies: ["EventLoop"], swiftSettings: groundFloorSettings),
  .target(name: "Sealing", dependencies: ["COpenSSL"], swiftSettings: groundFloorSettings),
  .target(name: "RateLimiter", swiftSettings: groundFloorSettings),
  .target(name: "UnicodeText", dependencies: ["CUnistring", "CIDN2"], swiftSettings: groundFloorSettings),
  .target(
    name: "Credentials", dependencies: ["Sealing", "COpenSSL", "CArgon2", "CCrypt"],
    swiftSettings: groundFloorSettings),
  .target(
    name: "Telemetry", dependencies: ["Metrics", "HTTPClient", "RPC", "EventLoop", "CLinux", log],
    swiftSettings: groundFloorSettings),
  .target(name: "ProtoSchema", dependencies: ["Protobuf", "CProtobufTypes"], swiftSettings: strict),
  .executableTarget(
    name: "protoc-gen-fastshop", dependencies: ["ProtoSchema", "Protobuf", "CProtobufTypes"], swiftSettings: strict),
]

func named(_ names: [String]) -> [Target.Dependency] { names.map { .byName(name: $0) } }

/// The domains of the API, each generated from its folder of Proto/fastshop, and those whose messages it uses.
let domains: [(name: String, uses: [String])] = [
  ("Policy", []),
  ("Type", []),
  ("Audit", []),
  ("Catalog", ["Type"]),
  ("Identity", []),
  ("Inventory", []),
  ("Security", []),
]

/// For each domain its C structs (`CCatalogAPI`) and, in Swift, its messages, services and clients (`CatalogAPI`);
/// above them `FastShopAPI`, the list of all files and services.
let generated: [Target] =
  domains.flatMap { domain -> [Target] in
    let used = domain.uses.map { $0 + "API" }
    return [
      .target(
        name: "C\(domain.name)API", dependencies: named(["CProtobufC", "CProtobufTypes"] + used.map { "C" + $0 }),
        path: "Sources/API/\(domain.name)/C"),
      .target(
        name: "\(domain.name)API", dependencies: named(["C\(domain.name)API", "Protobuf", "RPC"] + used),
        path: "Sources/API/\(domain.name)/Swift", swiftSettings: strict),
    ]
  } + [
    .target(
      name: "FastShopAPI", dependencies: named(["Protobuf", "RPC"] + domains.map { $0.name + "API" }),
      path: "Sources/API/All", swiftSettings: strict)
  ]

/// What every module uses.
let platform: [Target] = [
  .executableTarget(name: "embed-migrations", swiftSettings: safe),
  .plugin(name: "EmbedMigrations", capability: .buildTool(), dependencies: ["embed-migrations"]),
  .target(name: "Migrations", path: "migrations", swiftSettings: safe, plugins: ["EmbedMigrations"]),
  .target(
    name: "Platform",
    dependencies: [
      "EventLoop", "Protobuf", "RPC", "Postgres", "Sealing", "RateLimiter", "Metrics", "UnicodeText", "AuditAPI",
      "PolicyAPI",
      log,
    ],
    swiftSettings: safe),
]

/// What the shop does, a business capability each.
let modules: [Target] = [
  .target(
    name: "Catalog", dependencies: ["Platform", "CatalogAPI", "TypeAPI", "Protobuf", "RPC", "Postgres"],
    swiftSettings: safe),
  .target(
    name: "Inventory", dependencies: ["Platform", "InventoryAPI", "Protobuf", "RPC", "Postgres", "EventLoop"],
    swiftSettings: safe),
  .target(
    name: "Mail",
    dependencies: ["Platform", "Sealing", "Postgres", "HTTPClient", "Metrics", "EventLoop", "UnicodeText", log],
    swiftSettings: safe),
  .target(
    name: "Identity",
    dependencies: [
      "Platform", "Security", "Credentials", "Sealing", "RateLimiter", "HTTPClient", "UnicodeText", "IdentityAPI",
      "Protobuf", "RPC", "Postgres", "EventLoop", "Metrics", log,
    ],
    swiftSettings: safe),
  .target(
    name: "Security", dependencies: ["Platform", "SecurityAPI", "Protobuf", "RPC", "Postgres", "EventLoop"],
    swiftSettings: safe),
  .target(name: "DemoShop", dependencies: ["Platform", "Postgres", "EventLoop"], swiftSettings: safe),
]

let program: [Target] = [
  .executableTarget(
    name: "fastshop",
    dependencies: [
      "Catalog", "Credentials", "Identity", "Inventory", "Mail", "Security", "DemoShop", "Migrations", "Platform",
      "Sealing", "FastShopAPI", "RPC", "Postgres", "Protobuf", "EventLoop", "Processes", "Telemetry", "Metrics",
      "HTTPClient", "RateLimiter", "UnicodeText", argumentParser, log,
    ],
    swiftSettings: safe)
]

/// What developers run, and no user has.
let development: [Target] = [
  .executableTarget(
    name: "api-reference",
    dependencies: [
      "ProtoSchema", "Platform", "Catalog", "Identity", "Inventory", "Security", "FastShopAPI", "RPC", argumentParser,
    ],
    swiftSettings: safe),
  .executableTarget(name: "package-map", swiftSettings: safe),
]

let benchmarks: [Target] = [
  .target(name: "CBenchAPI", dependencies: ["CProtobufC", "CProtobufTypes"], path: "Benchmarks/CBenchAPI"),
  .target(
    name: "BenchAPI", dependencies: ["CBenchAPI", "Protobuf", "RPC"], path: "Benchmarks/BenchAPI",
    swiftSettings: strict),
  .executableTarget(
    name: "encode-bench", dependencies: ["BenchAPI", "Protobuf", "CProtobufC"], path: "Benchmarks/encode-bench",
    swiftSettings: strict),
  .executableTarget(
    name: "limiter-bench", dependencies: ["RateLimiter"], path: "Benchmarks/limiter-bench", swiftSettings: strict),
  .executableTarget(
    name: "bench-server",
    dependencies: [
      "BenchAPI", "Platform", "Telemetry", "Metrics", "RateLimiter", "RPC", "Postgres", "Protobuf", "EventLoop",
      argumentParser, log,
    ],
    path: "Benchmarks/bench-server", swiftSettings: safe),
]

/// The official interoperability suite: its service, which `make interop` drives with other implementations' clients.
let interop: [Target] = [
  .target(name: "CInteropAPI", dependencies: ["CProtobufC", "CProtobufTypes"], path: "Tests/Interop/CInteropAPI"),
  .target(
    name: "InteropAPI", dependencies: ["CInteropAPI", "Protobuf", "RPC"], path: "Tests/Interop/InteropAPI",
    swiftSettings: strict),
  .executableTarget(
    name: "interop-server", dependencies: ["InteropAPI", "RPC", "Protobuf", "EventLoop", argumentParser],
    path: "Tests/Interop/interop-server", swiftSettings: safe),
]

let tests: [Target] = [
  .target(
    name: "FuzzTargets",
    dependencies: [
      "Protobuf", "TestAPI", "RPC", "EventLoop", "BenchAPI", "FastShopAPI", "Catalog", "Identity", "Inventory",
      "Security", "Platform", "Postgres", "DemoShop", "Migrations", "PostgresTesting",
    ],
    path: "Fuzz/FuzzTargets", swiftSettings: strict),
  .target(name: "SeededRandom", path: "Tests/SeededRandom", swiftSettings: strict),
  .target(name: "OwnThread", path: "Tests/OwnThread", swiftSettings: strict),
  .testTarget(
    name: "FuzzTests", dependencies: ["FuzzTargets", "OwnThread", "SeededRandom"], swiftSettings: strict),
  .target(name: "CTestAPI", dependencies: ["CProtobufC", "CProtobufTypes"], path: "Tests/TestAPI/CTestAPI"),
  .target(
    name: "TestAPI", dependencies: ["CTestAPI", "Protobuf"], path: "Tests/TestAPI/Generated",
    swiftSettings: strict),
  .target(
    name: "CCalendarTestAPI", dependencies: ["CProtobufC", "CProtobufTypes"], path: "Tests/TestAPI/Calendar/C"),
  .target(
    name: "CalendarTestAPI", dependencies: ["CCalendarTestAPI", "Protobuf", "RPC"],
    path: "Tests/TestAPI/Calendar/Swift", swiftSettings: strict),
  .target(
    name: "CPostTestAPI", dependencies: ["CCalendarTestAPI", "CProtobufC", "CProtobufTypes"],
    path: "Tests/TestAPI/Post/C"),
  .target(
    name: "PostTestAPI", dependencies: ["CPostTestAPI", "CalendarTestAPI", "Protobuf", "RPC"],
    path: "Tests/TestAPI/Post/Swift", swiftSettings: strict),
  .testTarget(name: "EventLoopTests", dependencies: ["EventLoop"], swiftSettings: strict),
  .testTarget(
    name: "ProtobufTests",
    dependencies: [
      "Protobuf", "CProtobufC", "TestAPI", "CalendarTestAPI", "PostTestAPI", "BenchAPI", "InventoryAPI", "TypeAPI",
      "RPC", "SeededRandom", "protoc-gen-fastshop",
    ],
    exclude: ["Golden"],
    swiftSettings: strict),
  .testTarget(
    name: "RPCTests", dependencies: ["RPC", "EventLoop", "Protobuf", "BenchAPI"], swiftSettings: strict),
  .testTarget(
    name: "HTTPClientTests", dependencies: ["HTTPClient", "EventLoop", "RPC"],
    exclude: ["scripted_server.py", "scripted_smtp.py"],
    swiftSettings: strict),
  .testTarget(name: "CredentialsTests", dependencies: ["Credentials"], swiftSettings: strict),
  .testTarget(
    name: "IdentityTests",
    dependencies: [
      "Identity", "Credentials", "Sealing", "EventLoop", "IdentityAPI", "Platform", "Protobuf", "RPC", "RateLimiter",
    ],
    swiftSettings: strict),
  .testTarget(name: "SealingTests", dependencies: ["Sealing"], swiftSettings: strict),
  .testTarget(name: "UnicodeTextTests", dependencies: ["UnicodeText"], swiftSettings: strict),
  .testTarget(name: "MetricsTests", dependencies: ["Metrics", "EventLoop"], swiftSettings: strict),
  .testTarget(name: "RateLimiterTests", dependencies: ["RateLimiter", "SeededRandom"], swiftSettings: strict),
  .testTarget(
    name: "TelemetryTests",
    dependencies: ["Telemetry", "Metrics", "HTTPClient", "RPC", "EventLoop", "Protobuf", "BenchAPI", log],
    swiftSettings: strict),
  .target(
    name: "PostgresTesting", dependencies: ["Postgres", "EventLoop"], path: "Tests/PostgresTesting",
    swiftSettings: strict),
  .testTarget(
    name: "PostgresTests", dependencies: ["Postgres", "PostgresTesting", "EventLoop", "Protobuf", "TestAPI"],
    swiftSettings: strict),
  .testTarget(
    name: "MailTests",
    dependencies: ["Mail", "Platform", "Migrations", "HTTPClient", "Postgres", "PostgresTesting", "EventLoop"],
    swiftSettings: strict),
  .testTarget(
    name: "ShopTests",
    dependencies: [
      "Platform", "Catalog", "Credentials", "Identity", "Inventory", "Security", "DemoShop", "Migrations",
      "FastShopAPI",
      "AuditAPI", "CatalogAPI", "IdentityAPI", "InventoryAPI", "PolicyAPI", "SecurityAPI", "TypeAPI", "RPC", "Postgres",
      "PostgresTesting", "EventLoop", "Protobuf", "Sealing", "RateLimiter", "Metrics",
    ],
    swiftSettings: strict),
  .testTarget(
    name: "CommandLineTests",
    dependencies: [
      "fastshop", "FastShopAPI", "Credentials", "Identity", "Mail", "Security", "Platform", "Processes", "RateLimiter",
      "HTTPClient", "RPC", "EventLoop", "Telemetry", argumentParser, log,
    ],
    swiftSettings: strict
  ),
  .testTarget(
    name: "APIReferenceTests",
    dependencies: ["api-reference", "FastShopAPI", "ProtoSchema", "Platform", "Protobuf", "RPC"],
    swiftSettings: strict),
  .testTarget(
    name: "TidyTests", dependencies: ["FastShopAPI", "OwnThread", "Protobuf", "RPC", "package-map"],
    swiftSettings: strict),
]

/// The fuzzer: only where asked for, because it needs libFuzzer (see Fuzz/run.sh).
let fuzzer: [Target] =
  Context.environment["FASTSHOP_FUZZ"] == nil
  ? []
  : [
    .systemLibrary(name: "CLibFuzzer", path: "Fuzz/CLibFuzzer"),
    .executableTarget(
      name: "fuzz", dependencies: ["FuzzTargets", "CLibFuzzer"], path: "Fuzz/fuzz", swiftSettings: strict),
  ]

/// From the top. Tests, benchmarks and the fuzzer stand on no floor: nothing uses them.
let floors: [(name: String, targets: [Target])] = [
  ("programs", program + development), ("modules", modules), ("platform", platform), ("generated", generated),
  ("ground", ground), ("C", c),
]

/// Only for `swift package dump-package`: the floors, as products (see Scripts/describe-package.sh).
let describedFloors: [Product]? =
  Context.environment["FASTSHOP_FLOORS"] == nil
  ? nil : floors.map { floor in .library(name: floor.name, targets: floor.targets.map(\.name)) }

let package = Package(
  name: "FastShop",
  products: describedFloors ?? [
    .executable(name: "fastshop", targets: ["fastshop"]),
    .executable(name: "bench-server", targets: ["bench-server"]),
    .executable(name: "interop-server", targets: ["interop-server"]),
    .executable(name: "protoc-gen-fastshop", targets: ["protoc-gen-fastshop"]),
    .executable(name: "api-reference", targets: ["api-reference"]),
    .executable(name: "package-map", targets: ["package-map"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
  ],
  targets: floors.flatMap(\.targets) + benchmarks + interop + tests + fuzzer,
  swiftLanguageModes: [.v6]
)

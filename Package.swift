// swift-tools-version: 6.2
import PackageDescription

// A target uses only the targets that it lists here: of its own layer or of a lower one (see `layers`). `make map`
// draws them.

/// The settings of every Swift target.
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  // An async function stays where its caller is, on its loop, unless it says otherwise.
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

/// The settings of the runtime: release builds omit the dynamic checks of exclusive access, which would cost a call an
/// eighth of its instructions. Its state is confined to event loops, and the tests run with all checks.
let runtimeSettings: [SwiftSetting] =
  strict + [
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))
  ]

/// The settings of everything above the runtime: the compiler refuses unsafe pointers.
let safe: [SwiftSetting] = strict + [.strictMemorySafety()]

let log = Target.Dependency.product(name: "Logging", package: "swift-log")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

/// Headers of C libraries, and C code that is compiled with the package.
let c: [Target] = [
  .systemLibrary(name: "CArgon2", pkgConfig: "libargon2"),
  .systemLibrary(name: "CCrypt", pkgConfig: "libcrypt"),
  .systemLibrary(name: "CCurl", pkgConfig: "libcurl"),
  .systemLibrary(name: "CICU", pkgConfig: "icu-i18n"),
  .systemLibrary(name: "CIDN2", pkgConfig: "libidn2"),
  .systemLibrary(name: "CNGHTTP2", pkgConfig: "libnghttp2"),
  .systemLibrary(name: "COpenSSL", pkgConfig: "openssl"),
  .systemLibrary(name: "CHTTPParser"),
  .systemLibrary(name: "CPQ", pkgConfig: "libpq"),
  .systemLibrary(name: "CUnistring"),
  // libvips' own file has flags that SwiftPM refuses; its headers need those of GLib only.
  .systemLibrary(name: "CVips", pkgConfig: "gobject-2.0"),
  .systemLibrary(name: "CZlib", pkgConfig: "zlib"),
  .systemLibrary(name: "CProtobufC", pkgConfig: "libprotobuf-c"),
  .target(name: "CImages", dependencies: ["CVips"], linkerSettings: [.linkedLibrary("vips")]),
  .target(name: "CLinux"),
  .target(name: "CProtobufTypes", dependencies: ["CProtobufC"]),
  .target(name: "CStandardProtos", dependencies: ["CProtobufC", "CProtobufTypes"]),
]

/// The runtime, which contains nothing that is specific to a shop.
let runtime: [Target] = [
  .target(name: "EventLoop", dependencies: ["CLinux"], swiftSettings: runtimeSettings),
  .target(name: "Processes", dependencies: ["CLinux", "EventLoop"], swiftSettings: runtimeSettings),
  .target(name: "Protobuf", dependencies: ["CProtobufC", "CProtobufTypes"], swiftSettings: runtimeSettings),
  .target(
    name: "RPC",
    dependencies: [
      "EventLoop", "Protobuf", "CLinux", "CHTTPParser", "CNGHTTP2", "COpenSSL", "CStandardProtos", "CZlib", log,
    ],
    swiftSettings: runtimeSettings),
  .target(
    name: "Postgres", dependencies: ["EventLoop", "Processes", "Protobuf", "CLinux", "CPQ", log],
    swiftSettings: runtimeSettings),
  .target(name: "HTTPClient", dependencies: ["EventLoop", "CCurl"], swiftSettings: runtimeSettings),
  .target(
    name: "Files", dependencies: ["EventLoop", "HTTPClient", "Sealing"], swiftSettings: runtimeSettings),
  .target(name: "Images", dependencies: ["CImages", "EventLoop"], swiftSettings: runtimeSettings),
  .target(name: "Metrics", dependencies: ["EventLoop"], swiftSettings: runtimeSettings),
  .target(name: "Sealing", dependencies: ["COpenSSL"], swiftSettings: runtimeSettings),
  .target(name: "RateLimiter", swiftSettings: runtimeSettings),
  .target(name: "UnicodeText", dependencies: ["CUnistring", "CICU", "CIDN2"], swiftSettings: runtimeSettings),
  .target(
    name: "Credentials", dependencies: ["Sealing", "COpenSSL", "CArgon2", "CCrypt"],
    swiftSettings: runtimeSettings),
  .target(
    name: "Telemetry", dependencies: ["Metrics", "HTTPClient", "RPC", "EventLoop", "CLinux", log],
    swiftSettings: runtimeSettings),
  .target(name: "ProtoSchema", dependencies: ["Protobuf", "CProtobufTypes"], swiftSettings: strict),
  .executableTarget(
    name: "protoc-gen-fastshop", dependencies: ["ProtoSchema", "Protobuf", "CProtobufTypes"], swiftSettings: strict),
]

func named(_ names: [String]) -> [Target.Dependency] { names.map { .byName(name: $0) } }

/// The domains of the API, and the domains whose messages each one uses. Each is generated from its folder of
/// Proto/fastshop.
let domains: [(name: String, uses: [String])] = [
  ("Policy", []),
  ("Type", []),
  ("Audit", []),
  ("Catalog", ["Type"]),
  ("Identity", []),
  ("Inventory", []),
  ("Promotions", ["Type"]),
  ("Security", []),
  ("Sellers", []),
  ("Taxes", ["Type"]),
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

/// The code that every module uses.
let platform: [Target] = [
  .executableTarget(name: "embed-migrations", swiftSettings: safe),
  .plugin(name: "EmbedMigrations", capability: .buildTool(), dependencies: ["embed-migrations"]),
  .target(name: "Migrations", path: "migrations", swiftSettings: safe, plugins: ["EmbedMigrations"]),
  .target(
    name: "Platform",
    dependencies: [
      "EventLoop", "Protobuf", "RPC", "Postgres", "HTTPClient", "Files", "Sealing", "RateLimiter", "Metrics",
      "UnicodeText", "AuditAPI", "PolicyAPI", "TypeAPI", log,
    ],
    swiftSettings: safe),
  // What goods cost: rules without a database.
  .target(name: "Pricing", dependencies: ["Platform"], swiftSettings: safe),
  // Double-entry accounts of money.
  .target(name: "Ledger", dependencies: ["Platform", "Postgres"], swiftSettings: safe),
]

/// The modules of the shop: one for each business capability.
let capabilities: [Target] = [
  .target(
    name: "Catalog",
    dependencies: ["Platform", "Files", "Images", "CatalogAPI", "TypeAPI", "Protobuf", "RPC", "Postgres", log],
    swiftSettings: safe),
  .target(
    name: "Inventory",
    dependencies: ["Platform", "Identity", "InventoryAPI", "Protobuf", "RPC", "Postgres", "EventLoop"],
    swiftSettings: safe),
  .target(
    name: "Mail",
    dependencies: ["Platform", "Sealing", "Postgres", "HTTPClient", "EventLoop", "UnicodeText", log],
    swiftSettings: safe),
  .target(
    name: "Identity",
    dependencies: [
      "Platform", "Security", "Credentials", "Sealing", "RateLimiter", "HTTPClient", "UnicodeText", "IdentityAPI",
      "Protobuf", "RPC", "Postgres", "EventLoop", "Metrics", log,
    ],
    swiftSettings: safe),
  .target(
    name: "Promotions",
    dependencies: [
      "Platform", "Identity", "Pricing", "PromotionsAPI", "TypeAPI", "Protobuf", "RPC", "Postgres", log,
    ],
    swiftSettings: safe),
  .target(
    name: "Security", dependencies: ["Platform", "SecurityAPI", "Protobuf", "RPC", "Postgres", "EventLoop"],
    swiftSettings: safe),
  .target(
    name: "Sellers",
    dependencies: [
      "Platform", "Identity", "Mail", "Files", "Sealing", "SellersAPI", "Protobuf", "RPC", "Postgres", log,
    ],
    swiftSettings: safe),
  .target(
    name: "Taxes",
    dependencies: [
      "Platform", "Identity", "Pricing", "TaxesAPI", "TypeAPI", "HTTPClient", "Protobuf", "RPC", "Postgres",
      "EventLoop", "Metrics", log,
    ],
    swiftSettings: safe),
]

let modules: [Target] =
  capabilities + [
    .target(name: "DemoShop", dependencies: ["Platform", "Postgres", "EventLoop"], swiftSettings: safe),
    // The list of the modules.
    .target(
      name: "Modules",
      dependencies: named(capabilities.map(\.name) + ["Platform", "RPC", "Postgres", "EventLoop", "Metrics"]),
      swiftSettings: safe),
  ]

let program: [Target] = [
  .executableTarget(
    name: "fastshop",
    dependencies: [
      "Modules", "Catalog", "Credentials", "Identity", "Inventory", "Mail", "Security", "Sellers", "DemoShop",
      "Migrations", "Platform",
      "Sealing", "FastShopAPI", "RPC", "Postgres", "Protobuf", "EventLoop", "Processes", "Telemetry", "Metrics",
      "Files", "HTTPClient", "RateLimiter", "UnicodeText", argumentParser, log,
    ],
    swiftSettings: safe)
]

/// Programs for developers, which are not part of a release.
let development: [Target] = [
  .executableTarget(
    name: "api-reference",
    dependencies: named(capabilities.map(\.name)) + ["ProtoSchema", "Platform", "FastShopAPI", "RPC", argumentParser],
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
    name: "pricing-bench", dependencies: ["Pricing", "Platform"], path: "Benchmarks/pricing-bench",
    swiftSettings: strict),
  .target(
    name: "Checkout", dependencies: ["Platform", "InventoryAPI", "Postgres", "Protobuf", "EventLoop"],
    path: "Benchmarks/Checkout", swiftSettings: safe),
  .executableTarget(
    name: "work-bench", dependencies: ["Checkout", "Migrations", "Platform", "Postgres", "EventLoop", argumentParser],
    path: "Benchmarks/work-bench", swiftSettings: safe),
  .executableTarget(
    name: "job-bench",
    dependencies: ["Platform", "Migrations", "Postgres", "EventLoop", argumentParser],
    path: "Benchmarks/job-bench", swiftSettings: strict),
  .executableTarget(
    name: "consumer-bench",
    dependencies: ["Platform", "Migrations", "Postgres", "EventLoop", argumentParser],
    path: "Benchmarks/consumer-bench", swiftSettings: strict),
  .executableTarget(
    name: "bench-server",
    dependencies: [
      "BenchAPI", "Checkout", "Platform", "Telemetry", "Metrics", "RateLimiter", "RPC", "Postgres", "Protobuf",
      "EventLoop", argumentParser, log,
    ],
    path: "Benchmarks/bench-server", swiftSettings: safe),
]

/// The service of gRPC's interoperability suite, which `make interop` calls with clients of other implementations.
let interop: [Target] = [
  .target(name: "CInteropAPI", dependencies: ["CProtobufC", "CProtobufTypes"], path: "Tests/Interop/CInteropAPI"),
  .target(
    name: "InteropAPI", dependencies: ["CInteropAPI", "Protobuf", "RPC"], path: "Tests/Interop/InteropAPI",
    swiftSettings: strict),
  .executableTarget(
    name: "interop-server", dependencies: ["InteropAPI", "RPC", "Protobuf", "EventLoop", argumentParser],
    path: "Tests/Interop/interop-server", swiftSettings: safe),
]

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

let testing: [Target] = [
  .target(
    name: "FuzzTargets",
    dependencies: [
      "Protobuf", "TestAPI", "RPC", "EventLoop", "BenchAPI", "Catalog", "Files", "FastShopAPI", "Identity", "Inventory",
      "Mail", "Modules", "Platform", "Postgres", "DemoShop", "Migrations", "PostgresTesting",
    ],
    path: "Fuzz/FuzzTargets", swiftSettings: strict),
  .target(name: "SeededRandom", path: "Tests/SeededRandom", swiftSettings: strict),
  .target(name: "OwnThread", path: "Tests/OwnThread", swiftSettings: strict),
  .target(name: "Eventually", path: "Tests/Eventually", swiftSettings: strict),
  .target(name: "RepositoryFiles", path: "Tests/RepositoryFiles", swiftSettings: strict),
  tests("FuzzTests", ["FuzzTargets", "OwnThread", "SeededRandom"]),
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
  tests("EventLoopTests", ["EventLoop", "Eventually"]),
  tests(
    "ProtobufTests",
    [
      "Protobuf", "CProtobufC", "TestAPI", "CalendarTestAPI", "PostTestAPI", "BenchAPI", "InventoryAPI", "TypeAPI",
      "RPC", "SeededRandom", "protoc-gen-fastshop",
    ], exclude: ["Golden"]),
  tests("RPCTests", ["RPC", "EventLoop", "Protobuf", "BenchAPI", "Eventually"]),
  tests(
    "HTTPClientTests", ["HTTPClient", "EventLoop", "RPC", "Eventually"],
    exclude: ["scripted_server.py", "scripted_smtp.py"]),
  tests("FilesTests", ["Files", "HTTPClient", "Sealing", "EventLoop"], exclude: ["object_stores.py"]),
  tests("ImagesTests", ["Images", "Files", "SeededRandom", "EventLoop"]),
  tests("CredentialsTests", ["Credentials"]),
  tests(
    "IdentityTests",
    ["Identity", "Credentials", "Sealing", "EventLoop", "IdentityAPI", "Platform", "Protobuf", "RPC", "RateLimiter"]),
  tests("LedgerTests", ["Ledger", "Platform", "PlatformTesting", "Postgres", "EventLoop", "SeededRandom"]),
  tests("MoneyTests", ["Platform", "Protobuf", "RPC", "TypeAPI", "SeededRandom"]),
  tests("PricingTests", ["Pricing", "Platform", "SeededRandom"]),
  tests("ProviderTests", ["Platform", "HTTPClient", "RPC", "EventLoop"]),
  tests("SealingTests", ["Sealing"]),
  tests("UnicodeTextTests", ["UnicodeText"]),
  tests("MetricsTests", ["Metrics", "EventLoop"]),
  tests("RateLimiterTests", ["RateLimiter", "SeededRandom"]),
  tests(
    "TelemetryTests",
    ["Telemetry", "Metrics", "HTTPClient", "RPC", "EventLoop", "Protobuf", "BenchAPI", "Eventually", log]),
  .target(
    name: "PostgresTesting", dependencies: ["Postgres", "EventLoop"], path: "Tests/PostgresTesting",
    swiftSettings: strict),
  tests("PostgresTests", ["Postgres", "PostgresTesting", "EventLoop", "Protobuf", "TestAPI", "Eventually", log]),
  .target(
    name: "PlatformTesting", dependencies: ["Platform", "Migrations", "Postgres", "PostgresTesting", "EventLoop"],
    path: "Tests/PlatformTesting", swiftSettings: strict),
  tests("JobsTests", ["Platform", "PlatformTesting", "Metrics", "Postgres", "EventLoop", "Eventually"]),
  tests("MailTests", ["Mail", "Platform", "PlatformTesting", "HTTPClient", "Postgres", "EventLoop", "Eventually"]),
  tests(
    "ShopTests",
    named(capabilities.map(\.name) + domains.map { $0.name + "API" }) + [
      "Platform", "Ledger", "Pricing", "Modules", "Credentials", "DemoShop", "Migrations", "Files", "Images",
      "FastShopAPI", "RPC", "Postgres", "PostgresTesting", "PlatformTesting", "HTTPClient", "EventLoop", "Protobuf",
      "Sealing", "RateLimiter", "Metrics", "Checkout", "Eventually", "RepositoryFiles", log,
    ]),
  tests(
    "CommandLineTests",
    [
      "fastshop", "FastShopAPI", "Credentials", "Identity", "Mail", "Security", "Platform", "Processes", "RateLimiter",
      "HTTPClient", "RPC", "EventLoop", "Telemetry", argumentParser, log,
    ]),
  tests("APIReferenceTests", ["api-reference", "FastShopAPI", "ProtoSchema", "Platform", "Protobuf", "RPC"]),
  tests("TidyTests", ["FastShopAPI", "OwnThread", "Protobuf", "RPC", "RepositoryFiles", "package-map"]),
]

/// The fuzzer, which needs libFuzzer: only when Fuzz/run.sh asks for it.
let fuzzer: [Target] =
  Context.environment["FASTSHOP_FUZZ"] == nil
  ? []
  : [
    .systemLibrary(name: "CLibFuzzer", path: "Fuzz/CLibFuzzer"),
    .executableTarget(
      name: "fuzz", dependencies: ["FuzzTargets", "CLibFuzzer"], path: "Fuzz/fuzz", swiftSettings: strict),
  ]

/// The layers, from the top. Tests, benchmarks and the fuzzer are in none: nothing uses them.
let layers: [(name: String, targets: [Target])] = [
  ("programs", program + development), ("modules", modules), ("platform", platform), ("generated", generated),
  ("runtime", runtime), ("C", c),
]

/// The layers as products, for `swift package dump-package` alone (see Scripts/describe-package.sh).
let describedLayers: [Product]? =
  Context.environment["FASTSHOP_LAYERS"] == nil
  ? nil : layers.map { layer in .library(name: layer.name, targets: layer.targets.map(\.name)) }

let package = Package(
  name: "FastShop",
  products: describedLayers ?? [
    .executable(name: "fastshop", targets: ["fastshop"]),
    .executable(name: "bench-server", targets: ["bench-server"]),
    .executable(name: "job-bench", targets: ["job-bench"]),
    .executable(name: "consumer-bench", targets: ["consumer-bench"]),
    .executable(name: "interop-server", targets: ["interop-server"]),
    .executable(name: "protoc-gen-fastshop", targets: ["protoc-gen-fastshop"]),
    .executable(name: "api-reference", targets: ["api-reference"]),
    .executable(name: "package-map", targets: ["package-map"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
  ],
  targets: layers.flatMap(\.targets) + benchmarks + interop + testing + fuzzer,
  swiftLanguageModes: [.v6]
)

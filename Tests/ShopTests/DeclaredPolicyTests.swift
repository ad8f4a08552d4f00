import Platform
import PolicyAPI
import Testing

@Suite("What policy.proto declares")
struct DeclaredPolicyTests {
  @Test("permissions and allowances are those of the .proto file")
  func inStepWithProto() {
    let permissions = PolicyAPI.Permission.knownCases.filter { $0.rawValue != 0 }
    #expect(permissions.map(\.rawValue) == Platform.Permission.allCases.map { Int32($0.rawValue) })
    #expect(permissions.map { "\($0)" } == Platform.Permission.allCases.map { "\($0)" })
    let classes = PolicyAPI.LimiterClass.knownCases.filter { $0.rawValue != 0 }
    #expect(classes.map(\.rawValue) == Platform.LimiterClass.allCases.map { Int32($0.rawValue) })
    #expect(classes.map { "\($0)" } == Platform.LimiterClass.allCases.map { "\($0)" })
  }
}

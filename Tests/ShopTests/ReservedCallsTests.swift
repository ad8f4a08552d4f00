import Testing

@testable import Platform

/// Who may still call when the server is full.
@Suite struct ReservedCallsTests {
  private static let id = ID("0190b6c2-0000-7000-8000-000000000001")

  @Test(arguments: [(Role.customer, false), (.seller, false), (.support, true), (.manager, true), (.admin, true)])
  func `staff is whoever may do what no customer or seller may`(_ role: Role, _ isStaff: Bool) {
    #expect(Caller(kind: .user, id: Self.id, role: role).isStaff == isStaff)
  }

  @Test func `guests, custom roles and programs are judged by what they may do`() {
    #expect(!Caller.anonymous.isStaff)
    #expect(Caller(kind: .user, id: Self.id, permissions: .of(.usersRead)).isStaff)
    #expect(!Caller(kind: .user, id: Self.id, permissions: .of(.catalogRead)).isStaff)
    #expect(!Caller(kind: .service, id: Self.id, role: .admin, scopes: .of(.catalogRead)).isStaff)
    #expect(Caller(kind: .service, id: Self.id, role: .admin, scopes: .of(.usersRead)).isStaff)
  }

  @Test func `staff that has yet to show a second factor is not staff`() {
    #expect(!Caller(kind: .user, id: Self.id, permissions: [], withheld: Role.admin.permissions).isStaff)
  }
}

internal import Platform

/// The states of an application, as the database has them.
enum ApplicationStatus: String, Hashable, Sendable {
  case submitted, approved, rejected
}

/// What staff do with an application.
enum ApplicationMove: String, Hashable, Sendable {
  case approve, reject
}

enum ApplicationStates {
  /// An application is decided once.
  static let machine = StateMachine<ApplicationStatus, ApplicationMove, Never>([
    .init(.approve, from: [.submitted], to: .approved, permission: .sellersManage),
    .init(.reject, from: [.submitted], to: .rejected, permission: .sellersManage),
  ])
}

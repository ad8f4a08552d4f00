import RPC

extension AccessRow {
  private static func own(_ method: String, _ one: AccessCase) -> AccessRow {
    AccessRow("fastshop.identity.v1.SecondFactorService/" + method, TestCaller.people, one)
  }

  /// One's own second factor. Nobody in the test has one, nor has begun to enrol one.
  static let secondFactors = [
    own("GetSecondFactor", .plain(.ok)),
    own("BeginEnrolment", .plain(.ok) { _ in "{\"password\": \"\(AccessResources.password)\"}" }),
    own(
      "ConfirmEnrolment",
      .plain(.failedPrecondition) { "{\"code\": \"123456\", \"request_id\": \"\($0.requestID)\"}" }),
    own(
      "RenewRecoveryCodes",
      .plain(.failedPrecondition) { "{\"code\": \"123456\", \"request_id\": \"\($0.requestID)\"}" }),
    own(
      "DeleteSecondFactor",
      .plain(.failedPrecondition) { things in
        """
        {"password": "\(AccessResources.password)", "code": "123456", "request_id": "\(things.requestID)"}
        """
      }),
  ]
}

/// Stops the process, saying why, when something does not hold. (What `precondition` says is lost in a release build.)
func mustHold(_ holds: Bool, _ problem: @autoclosure () -> String) {
  if !holds { fatalError(problem()) }
}

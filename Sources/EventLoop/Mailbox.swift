internal import Synchronization

/// Work from other threads for a loop. The loop reads one flag per turn, and takes the lock only when there is work.
struct Mailbox: ~Copyable {
  struct Mail {
    var jobs: [UnownedJob] = []
    var work: [@Sendable () -> Void] = []
  }

  private let mail = Mutex(Mail())
  private let hasMail = Atomic<Bool>(false)

  var isEmpty: Bool { !hasMail.load(ordering: .acquiring) }

  /// - Returns: whether the loop must be woken: only for the first mail since it last looked.
  func post(_ job: UnownedJob) -> Bool {
    mail.withLock { $0.jobs.append(job) }
    return !hasMail.exchange(true, ordering: .acquiringAndReleasing)
  }

  /// - Returns: whether the loop must be woken.
  func post(_ work: @escaping @Sendable () -> Void) -> Bool {
    mail.withLock { $0.work.append(work) }
    return !hasMail.exchange(true, ordering: .acquiringAndReleasing)
  }

  /// Everything posted so far, or nil. The flag is cleared before the box is emptied: work that is posted at that
  /// moment is either taken now, or sets the flag again.
  func take() -> Mail? {
    guard hasMail.load(ordering: .acquiring) else { return nil }
    hasMail.store(false, ordering: .sequentiallyConsistent)
    return mail.withLock {
      let taken = $0
      $0 = Mail()
      return taken
    }
  }
}

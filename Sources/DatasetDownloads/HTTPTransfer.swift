import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// One request whose answer is handed on piece by piece as it comes.
///
/// `@unchecked`: the caller waits in `run` while the session's own serial queue calls; nothing is used by both at once.
final class HTTPTransfer: NSObject, URLSessionDataDelegate, @unchecked Sendable {
  private let onResponse: (HTTPURLResponse) throws -> Void
  private let onData: (Data) throws -> Void
  private let isDone = DispatchSemaphore(value: 0)
  private var ownFailure: (any Error)?
  private var transportFailure: (any Error)?

  /// - Parameters:
  ///   - onResponse: sees the head of the answer, after redirects; by throwing it ends the transfer.
  ///   - onData: takes pieces of the body in order; by throwing it ends the transfer.
  init(onResponse: @escaping (HTTPURLResponse) throws -> Void, onData: @escaping (Data) throws -> Void) {
    self.onResponse = onResponse
    self.onData = onData
  }

  /// Waits for the end of the answer.
  ///
  /// - Returns: what went wrong on the way, in words; nil when the answer ended as it should.
  /// - Throws: what the closures threw.
  func run(_ request: URLRequest) throws -> String? {
    let queue = OperationQueue()
    queue.maxConcurrentOperationCount = 1
    let session = URLSession(configuration: .ephemeral, delegate: self, delegateQueue: queue)
    session.dataTask(with: request).resume()
    isDone.wait()
    session.invalidateAndCancel()
    if let ownFailure { throw ownFailure }
    return transportFailure.map { $0.localizedDescription }
  }

  func urlSession(
    _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
  ) {
    do {
      guard let response = response as? HTTPURLResponse else { throw URLError(.badServerResponse) }
      try onResponse(response)
      completionHandler(.allow)
    } catch {
      ownFailure = error
      completionHandler(.cancel)
    }
  }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    guard ownFailure == nil else { return }
    do {
      try onData(data)
    } catch {
      ownFailure = error
      dataTask.cancel()
    }
  }

  func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
    transportFailure = error
    isDone.signal()
  }
}

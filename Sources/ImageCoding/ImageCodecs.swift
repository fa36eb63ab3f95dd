import CImageCodecs

/// The image libraries in use.
public enum ImageCodecs {
  /// Their names and versions.
  public static var description: String { String(cString: cic_description()) }
}

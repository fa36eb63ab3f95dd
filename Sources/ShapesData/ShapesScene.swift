import Foundation

/// One picture of the embedded data set, before it is drawn: objects of known shape lying on a ground, and the light.
///
/// Lengths are in short sides of the image with the origin at its centre, so that one scene can be drawn at any size.
/// A scene depends on the arguments of `init` only.
public struct ShapesScene: Sendable {
  /// A flat object with a bevelled edge.
  struct Object: Sendable {
    let shape: ShapeClass
    let center: SIMD2<Float>
    /// Length of one unit of the outline.
    let scale: Float
    /// Stretch of the outline along its own axes, close to 1.
    let stretch: SIMD2<Float>
    let rotation: SIMD2<Float>
    var material: ShapeMaterial
    /// Width of the rounded edge, and how sharp its highlights are (0 for matt).
    let bevel: Float
    let gloss: Float
    /// Height above what lies beneath; the shadow's shift and blur grow with it.
    let lift: Float

    var boundingRadius: Float { scale * ShapeClass.boundingRadius * max(stretch.x, stretch.y) }

    /// Signed distance from `offset`, counted from the centre; exact at the outline, near enough elsewhere.
    func distance(_ offset: SIMD2<Float>) -> Float {
      let turned = SIMD2(
        offset.x * rotation.x + offset.y * rotation.y, offset.y * rotation.x - offset.x * rotation.y)
      return shape.distance(to: turned / (scale * stretch)) * scale
    }
  }

  /// Shape of the largest object: the class of the image.
  public let mainShape: ShapeClass
  var background: ShapeMaterial
  /// Back to front.
  var objects: [Object]
  /// Direction towards the light, unit length, z towards the viewer.
  let light: SIMD3<Float>
  let shadowStrength: Float
  let grain: ProceduralNoise

  /// Draws up scene `index` of the data set with `seed`.
  ///
  /// - Parameters:
  ///   - seed: The data set's seed.
  ///   - index: Which image of the data set.
  ///   - mainShape: Shape of the largest object.
  ///   - otherShapes: What the other objects may be, at least one.
  ///   - aspectRatio: Width over height of the image it is meant for.
  public init(
    seed: UInt64, index: Int, mainShape: ShapeClass, otherShapes: [ShapeClass] = ShapeClass.allCases,
    aspectRatio: Double = 1
  ) {
    var composer = ShapesComposer(seed: seed, index: index, aspectRatio: Float(aspectRatio))
    self.mainShape = mainShape
    background = composer.background()
    objects = composer.objects(mainShape: mainShape, otherShapes: otherShapes)
    light = composer.light()
    shadowStrength = composer.uniform(0.35...0.65)
    grain = composer.noise()
  }
}

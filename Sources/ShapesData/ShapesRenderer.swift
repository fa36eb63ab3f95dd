import Foundation

/// Draws a `ShapesScene`: the colour of every pixel and which object it shows.
struct ShapesRenderer {
  private let scene: ShapesScene
  private let width: Int
  private let height: Int
  /// Side of a pixel in short sides of the image.
  private let pixel: Float
  private let shadowDirection: SIMD2<Float>
  /// Halfway between the light and the viewer, where highlights are.
  private let highlight: SIMD3<Float>

  init(scene: ShapesScene, width: Int, height: Int) {
    self.scene = scene
    self.width = width
    self.height = height
    pixel = 1 / Float(min(width, height))
    let light = scene.light
    shadowDirection = SIMD2(-light.x, -light.y) / light.z
    let half = light + SIMD3(0, 0, 1)
    highlight = half / (half * half).sum().squareRoot()
  }

  /// sRGB pixels, and for every pixel 0 for the ground or one more than the index of the object in sight.
  func render() -> (pixels: [UInt8], owners: [UInt8]) {
    let encoded = ColorSpace.encoded
    var owners = [UInt8](repeating: 0, count: width * height)
    let pixels = [UInt8](unsafeUninitializedCapacity: width * height * 3) { buffer, count in
      for y in 0..<height {
        for x in 0..<width {
          let place = y * width + x
          let (color, owner) = shade(x, y)
          owners[place] = owner
          let index = (color.clamped(lowerBound: .zero, upperBound: .one) * 4095).rounded(.toNearestOrEven)
          buffer[place * 3] = encoded[Int(index.x)]
          buffer[place * 3 + 1] = encoded[Int(index.y)]
          buffer[place * 3 + 2] = encoded[Int(index.z)]
        }
      }
      count = width * height * 3
    }
    return (pixels, owners)
  }

  /// Linear light of every pixel, which may be brighter than 1.
  func renderLinear() -> [LinearColor] {
    (0..<width * height).map { shade($0 % width, $0 / width).color }
  }

  private func shade(_ x: Int, _ y: Int) -> (color: LinearColor, owner: UInt8) {
    let p = SIMD2(Float(x) + 0.5 - Float(width) / 2, Float(y) + 0.5 - Float(height) / 2) * pixel
    var owner: UInt8 = 0
    // The ground is brighter towards the light.
    let falloff = 1 + 0.45 * (p.x * scene.light.x + p.y * scene.light.y) - 0.22 * (p * p).sum()
    var color = scene.background.color(at: p, footprint: pixel) * falloff
    for (index, object) in scene.objects.enumerated() {
      let offset = p - object.center
      color *= shadow(of: object, at: offset)
      let reach = object.boundingRadius + pixel
      guard (offset * offset).sum() < reach * reach else { continue }
      let distance = object.distance(offset)
      guard distance < 2 * pixel else { continue }
      if distance < 0 { owner = UInt8(index + 1) }
      let (surface, coverage) = surface(of: object, at: offset, distance: distance)
      color += (surface - color) * coverage
    }
    let speckle = (scene.grain.lattice(Int32(x), Int32(y)) - 0.5) * 0.03
    return (color * (1 + speckle), owner)
  }

  /// What is left of the light under the shadow of `object`.
  private func shadow(of object: ShapesScene.Object, at offset: SIMD2<Float>) -> Float {
    let shifted = offset - shadowDirection * object.lift
    let blur = object.lift * 0.55
    let reach = object.boundingRadius + blur
    guard (shifted * shifted).sum() < reach * reach else { return 1 }
    let t = min(max((object.distance(shifted) + blur) / (2 * blur), 0), 1)
    return 1 - scene.shadowStrength * (1 - t * t * (3 - 2 * t))
  }

  /// Lit colour of `object` and its share of the pixel.
  private func surface(
    of object: ShapesScene.Object, at offset: SIMD2<Float>, distance: Float
  ) -> (color: LinearColor, coverage: Float) {
    let albedo = object.material.color(at: offset, footprint: pixel)
    // Inside the bevel's inner border the surface is flat and needs no slope.
    guard distance > -max(object.bevel, 2 * pixel) else { return (light(albedo, .init(0, 0, 1), object.gloss), 1) }
    let step: Float = 0.002
    let slope =
      SIMD2(
        object.distance(offset + SIMD2(step, 0)) - distance, object.distance(offset + SIMD2(0, step)) - distance)
      / step
    let steepness = max((slope * slope).sum().squareRoot(), 0.2)
    let depth = min(max(1 + distance / object.bevel, 0), 1)
    let lean = slope / steepness * (0.75 * depth * depth)
    let normal = SIMD3(lean.x, lean.y, 1) / (1 + (lean * lean).sum()).squareRoot()
    // The stretched field is not quite a distance; its steepness makes it one where the edge is.
    let coverage = min(max(0.5 - distance / (steepness * pixel), 0), 1)
    return (light(albedo, normal, object.gloss), coverage)
  }

  private func light(_ albedo: LinearColor, _ normal: SIMD3<Float>, _ gloss: Float) -> LinearColor {
    let diffuse = max((normal * scene.light).sum(), 0)
    var color = albedo * (0.28 + 0.92 * diffuse)
    if gloss > 0 {
      let aligned = max((normal * highlight).sum(), 0)
      let squared = aligned * aligned
      let fourth = squared * squared
      let sixteenth = fourth * fourth * fourth * fourth
      color += 0.55 * gloss * sixteenth * sixteenth
    }
    return color
  }
}

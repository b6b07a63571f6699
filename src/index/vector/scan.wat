;; The inner loop of retrieval, vectorised: JavaScript has no instruction for sixteen products at once.
(module
  (import "endcap" "memory" (memory 1))

  ;; scores[i] = steps[i] · ⟨vector i, shopper⟩ for `count` vectors of `width` signed bytes from `bytes` on and a
  ;; shopper of `width` signed 16-bit numbers. `width` is a multiple of 8; addresses are in bytes. The sum has to fit
  ;; into 32 bits.
  (func (export "scan")
    (param $bytes i32) (param $count i32) (param $width i32)
    (param $shopper i32) (param $steps i32) (param $scores i32)
    (local $sum v128) (local $from i32) (local $end i32)
    (block $done
      (loop $item
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $sum (v128.const i32x4 0 0 0 0))
        (local.set $from (local.get $shopper))
        (local.set $end (i32.add (local.get $bytes) (local.get $width)))
        (loop $eight
          (local.set $sum (i32x4.add (local.get $sum)
            (i32x4.dot_i16x8_s (v128.load8x8_s (local.get $bytes)) (v128.load (local.get $from)))))
          (local.set $bytes (i32.add (local.get $bytes) (i32.const 8)))
          (local.set $from (i32.add (local.get $from) (i32.const 16)))
          (br_if $eight (i32.lt_u (local.get $bytes) (local.get $end))))
        (f32.store (local.get $scores)
          (f32.mul
            (f32.load (local.get $steps))
            (f32.convert_i32_s
              (i32.add
                (i32.add (i32x4.extract_lane 0 (local.get $sum)) (i32x4.extract_lane 1 (local.get $sum)))
                (i32.add (i32x4.extract_lane 2 (local.get $sum)) (i32x4.extract_lane 3 (local.get $sum)))))))
        (local.set $steps (i32.add (local.get $steps) (i32.const 4)))
        (local.set $scores (i32.add (local.get $scores) (i32.const 4)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $item)))))

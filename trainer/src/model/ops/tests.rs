//! Fused against stock: results and every gradient.

use super::*;
use candle_core::{Device, Var};

fn numbers(shape: &[usize], seed: f32) -> Var {
    let n: usize = shape.iter().product();
    let values: Vec<f32> = (0..n).map(|i| ((i as f32 * 0.731 + seed) * 1.7).sin()).collect();
    Var::from_tensor(&Tensor::from_vec(values, shape, &Device::Cpu).unwrap()).unwrap()
}

/// |a − b| / |b|, as Euclidean norms.
fn relative(a: &Tensor, b: &Tensor) -> f64 {
    let norm = |x: &Tensor| inplace::sum_of_squares(x).unwrap().sqrt();
    norm(&(a - b).unwrap()) / norm(b).max(1e-30)
}

/// Both results and both sets of gradients (of a loss that weighs every element differently) agree.
fn agree(
    arguments: &[Var],
    fused: impl Fn(&[Var]) -> Result<Tensor>,
    stock: impl Fn(&[Var]) -> Result<Tensor>,
) {
    let (a, b) = (fused(arguments).unwrap(), stock(arguments).unwrap());
    assert_eq!(a.shape(), b.shape());
    assert!(relative(&a, &b) < 1e-5, "results differ by {}", relative(&a, &b));
    let gradients = |y: &Tensor| {
        let probe = numbers(&[y.elem_count()], 9.0).as_detached_tensor().reshape(y.shape()).unwrap();
        (y * probe).unwrap().sum_all().unwrap().backward().unwrap()
    };
    let (ga, gb) = (gradients(&a), gradients(&b));
    for (n, argument) in arguments.iter().enumerate() {
        let (a, b) = (ga.get(argument).expect("fused gradient"), gb.get(argument).expect("stock gradient"));
        assert!(relative(a, b) < 1e-4, "gradient {n} differs by {}", relative(a, b));
    }
}

#[test]
fn rms_norm_equals_stock() {
    let arguments = [numbers(&[70, 24], 1.0), numbers(&[24], 2.0)];
    agree(&arguments, |a| fused::rms_norm(&a[0], &a[1], 1e-5), |a| stock::rms_norm(&a[0], &a[1], 1e-5));
}

#[test]
fn swiglu_equals_stock() {
    let arguments = [numbers(&[33, 40], 1.0), numbers(&[33, 40], 2.0)];
    agree(&arguments, |a| fused::swiglu(&a[0], &a[1]), |a| stock::swiglu(&a[0], &a[1]));
}

#[test]
fn linear_equals_stock() {
    let arguments = [numbers(&[37, 24], 1.0), numbers(&[18, 24], 2.0)];
    agree(&arguments, |a| fused::linear(&a[0], &a[1]), |a| a[0].matmul(&a[1].t()?));
}

#[test]
fn rows_equal_stock_also_when_repeated() {
    let ids = [3, 0, 3, 3, 6];
    agree(&[numbers(&[7, 5], 1.0)], |a| fused::rows(&a[0], &ids), |a| stock::rows(&a[0], &ids));
    assert!(rows(&numbers(&[7, 5], 1.0), &[7]).is_err());
}

#[test]
fn attention_equals_stock_for_equal_unequal_and_long_sequences() {
    for lengths in [vec![9, 9], vec![5, 1, 12], vec![150]] {
        let n = lengths.iter().sum();
        let heads = Heads { heads: 4, groups: 2, width: 8 };
        let with = Attention { heads, rope: Arc::new(Rope::new(8, 150, 10_000.0)), lengths: lengths.into() };
        let arguments = [numbers(&[n, 32], 1.0), numbers(&[n, 16], 2.0), numbers(&[n, 16], 3.0)];
        agree(
            &arguments,
            |a| fused::attention(&a[0], &a[1], &a[2], &with),
            |a| stock::attention(&a[0], &a[1], &a[2], &with),
        );
    }
}

#[test]
fn cross_entropy_equals_stock_over_several_blocks() {
    let arguments = [numbers(&[300, 12], 1.0), numbers(&[50, 12], 2.0)];
    let targets: Vec<u32> = (0..300).map(|n| n * 7 % 50).collect();
    let weights: Vec<f32> = (0..300u16).map(|n| f32::from(n % 4) / 300.0).collect();
    agree(
        &arguments,
        |a| fused::cross_entropy(&a[0], &a[1], &targets, &weights),
        |a| stock::cross_entropy(&a[0], &a[1], &targets, &weights),
    );
    assert!(cross_entropy(&arguments[0], &arguments[1], &[50; 300], &weights).is_err());
    assert!(cross_entropy(&arguments[0], &arguments[1], &[1; 4], &weights).is_err());
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let arguments = [numbers(&[300, 64], 1.0), numbers(&[300, 32], 2.0), numbers(&[300, 32], 3.0)];
    let heads = Heads { heads: 4, groups: 2, width: 16 };
    let with =
        Attention { heads, rope: Arc::new(Rope::new(16, 200, 10_000.0)), lengths: vec![200, 60, 40].into() };
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let y = fused::attention(&arguments[0], &arguments[1], &arguments[2], &with).unwrap();
            let y = fused::linear(&y, &numbers(&[48, 64], 4.0)).unwrap();
            let loss = y.sqr().unwrap().sum_all().unwrap();
            let g = loss.backward().unwrap();
            let bits = |x: &Tensor| {
                let values: Vec<f32> = x.flatten_all().unwrap().to_vec1().unwrap();
                values.into_iter().map(f32::to_bits).collect::<Vec<_>>()
            };
            arguments.iter().map(|a| bits(g.get(a).unwrap())).chain([bits(&y)]).collect::<Vec<_>>()
        })
    };
    assert_eq!(run(1), run(3));
}

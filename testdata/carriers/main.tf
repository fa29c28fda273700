terraform {
  required_version = ">= 1.6"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.50"
    }
  }
  backend "s3" {
    bucket         = "kestrel-labs-state"
    key            = "shop/production.tfstate"
    dynamodb_table = "terraform-locks"
    region         = "eu-central-1"
  }
}

provider "aws" {
  region = "eu-central-1"
}

data "aws_secretsmanager_secret_version" "mail" {
  secret_id = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:shop/mail-AbCdEf"
}

resource "aws_kms_key" "state" {
  description             = "Key of the state bucket"
  deletion_window_in_days = 30
  enable_key_rotation     = true
}

resource "aws_db_instance" "shop" {
  identifier          = "shop"
  engine              = "postgres"
  engine_version      = "16.3"
  instance_class      = "db.t4g.medium"
  allocated_storage   = 50
  username            = "shop"
  kms_key_id          = aws_kms_key.state.arn
  skip_final_snapshot = false
  {{slot}}
}

resource "aws_lambda_function" "digest" {
  function_name    = "digest"
  source_code_hash = filebase64sha256("digest.zip")
  role             = aws_iam_role.digest.arn
  environment {
    variables = {
      MAIL_PASSWORD = data.aws_secretsmanager_secret_version.mail.secret_string
      TENANT        = "{{uuid}}"
    }
  }
}

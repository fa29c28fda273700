variable "region" {
  type        = string
  description = "Where everything runs."
  default     = "eu-central-1"
}

variable "zone_id" {
  type    = string
  default = "{{uuid}}"
}

variable "image_digest" {
  type        = string
  description = "Digest of the release image."
  default     = "sha256:{{sha256}}"
}

variable "mail_password" {
  type        = string
  description = "Password of the mail account; set it with TF_VAR_mail_password."
  sensitive   = true
}

{{slot}}

variable "password_min_length" {
  type    = number
  default = 12
}

variable "token_header" {
  type    = string
  default = "X-Shop-Token"
}

output "db_password_secret" {
  value     = aws_secretsmanager_secret.db.name
  sensitive = true
}
